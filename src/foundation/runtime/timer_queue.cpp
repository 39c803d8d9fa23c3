#include "foundation/runtime/timer_queue.hpp"

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

base::Instant TimerQueue::next_due() const {
  return calls_->empty() ? base::Instant::never() : calls_->begin()->first.first;
}

std::optional<Callback> TimerQueue::take_due(base::Instant now) {
  if (calls_->empty() || calls_->begin()->first.first > now) return std::nullopt;
  return std::move(calls_->extract(calls_->begin()).mapped());
}

}  // namespace tesseras::runtime
