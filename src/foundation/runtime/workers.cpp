#include "foundation/runtime/workers.hpp"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "foundation/base/assert.hpp"

namespace tesseras::runtime {

struct Workers::State {
  std::mutex mutex;
  std::condition_variable wake;
  std::deque<std::function<void()>> tasks;
  bool closing = false;
  std::vector<std::thread> threads;

  void run() {
    std::unique_lock lock(mutex);
    for (;;) {
      wake.wait(lock, [this] { return closing || !tasks.empty(); });
      if (tasks.empty()) return;
      const auto task = std::move(tasks.front());
      tasks.pop_front();
      lock.unlock();
      task();
      lock.lock();
    }
  }
};

namespace {

// One for_each under way. A helper that wakes after it has ended finds nothing left to begin
// and so never touches `body`, which belongs to a caller that may be gone.
class Round {
 public:
  Round(std::size_t count, std::stop_token stop,
        const std::function<base::Result<void>(std::size_t)>& body)
      : count_(count), stop_(std::move(stop)), body_(body) {}

  void work() {
    std::unique_lock lock(mutex_);
    while (!failed_ && next_ < count_) {
      if (stop_.stop_requested()) {
        cancelled_ = true;
        break;
      }
      const std::size_t index = next_++;
      ++running_;
      lock.unlock();
      auto result = body_(index);
      lock.lock();
      --running_;
      if (!result && (!failed_ || index < failed_->first))
        failed_.emplace(index, std::move(result).error());
    }
    ended_.notify_all();
  }

  base::Result<void> wait() {
    std::unique_lock lock(mutex_);
    next_ = count_;
    ended_.wait(lock, [this] { return running_ == 0; });
    if (failed_) return base::fail(std::move(failed_->second));
    if (cancelled_) return base::fail(base::Code::cancelled, "stopped as asked");
    return {};
  }

 private:
  std::mutex mutex_;
  std::condition_variable ended_;
  const std::size_t count_;
  const std::stop_token stop_;
  const std::function<base::Result<void>(std::size_t)>& body_;
  std::size_t next_ = 0;
  std::size_t running_ = 0;
  bool cancelled_ = false;
  std::optional<std::pair<std::size_t, base::Error>> failed_;
};

}  // namespace

Workers::Workers(std::size_t threads) : state_(std::make_unique<State>()) {
  ASSERT(threads >= 1);
  for (std::size_t i = 0; i < threads; ++i)
    state_->threads.emplace_back([state = state_.get()] { state->run(); });
}

Workers::~Workers() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->closing = true;
  }
  state_->wake.notify_all();
  for (std::thread& thread : state_->threads) thread.join();
}

std::size_t Workers::threads() const { return state_->threads.size(); }

std::size_t Workers::threads_of_this_machine() {
  return std::clamp<std::size_t>(std::thread::hardware_concurrency(), 1, 16);
}

base::Result<void> Workers::for_each(std::size_t count, std::stop_token stop,
                                     const std::function<base::Result<void>(std::size_t)>& body) {
  const auto round = std::make_shared<Round>(count, std::move(stop), body);
  const std::size_t helpers = std::min(threads(), count) - (count == 0 ? 0 : 1);
  for (std::size_t i = 0; i < helpers; ++i) post([round] { round->work(); });
  // The caller works too, so that a round begun inside another one can never starve.
  round->work();
  return round->wait();
}

void Workers::post(std::function<void()> task) {
  {
    const std::lock_guard lock(state_->mutex);
    state_->tasks.push_back(std::move(task));
  }
  state_->wake.notify_one();
}

}  // namespace tesseras::runtime
