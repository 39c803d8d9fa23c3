#include "foundation/runtime/timer_queue.hpp"

#include "foundation/base/assert.hpp"

namespace tesseras::runtime {

class TimerQueue::Taken final : public Timer {
 public:
  Taken(std::weak_ptr<Calls> calls, Key key) : calls_(std::move(calls)), key_(key) {}
  ~Taken() override {
    const auto calls = calls_.lock();
    if (calls == nullptr) return;
    // What a callback holds may drop further timers: it goes when the map is whole again.
    const auto dropped = calls->extract(key_);
  }
  Taken(const Taken&) = delete;
  Taken& operator=(const Taken&) = delete;

 private:
  std::weak_ptr<Calls> calls_;
  Key key_;
};

TimerQueue::Key TimerQueue::insert(base::Instant when, Callback then) {
  const Key key{when, asked_++};
  calls_->emplace(key, std::move(then));
  return key;
}

std::unique_ptr<Timer> TimerQueue::add(base::Instant when, Callback then) {
  return std::make_unique<Taken>(calls_, insert(when, std::move(then)));
}

void TimerQueue::add_for_good(base::Instant when, Callback then) { insert(when, std::move(then)); }

void TimerQueue::add_soon(base::Instant now, Callback then) {
  ASSERT(soon_.empty() || soon_.back().first.first <= now);
  soon_.emplace_back(Key{now, asked_++}, std::move(then));
}

bool TimerQueue::is_soon_first() const {
  return !soon_.empty() && (calls_->empty() || soon_.front().first < calls_->begin()->first);
}

base::Instant TimerQueue::next_due() const {
  if (is_soon_first()) return soon_.front().first.first;
  return calls_->empty() ? base::Instant::never() : calls_->begin()->first.first;
}

std::optional<Callback> TimerQueue::take_due(base::Instant now) {
  if (next_due() > now || next_due() == base::Instant::never()) return std::nullopt;
  if (!is_soon_first()) return std::move(calls_->extract(calls_->begin()).mapped());
  auto first = std::move(soon_.front().second);
  soon_.pop_front();
  return first;
}

}  // namespace tesseras::runtime
