// Waiting on a Loop, always with an end: for something to be set, or for a moment to come.
#pragma once

#include <coroutine>
#include <memory>
#include <optional>
#include <utility>

#include "foundation/base/assert.hpp"
#include "foundation/runtime/loop.hpp"
#include "foundation/runtime/task.hpp"

namespace tesseras::runtime {

// Something that one part of a program gives once and another waits for. Movable; on the thread of
// its loop. Dropping it, or close(), wakes who waits with cancelled.
template <class T>
class Waiter {
 public:
  explicit Waiter(Loop& loop) : state_(std::make_shared<State>(loop)) {}
  Waiter(Waiter&&) noexcept = default;
  Waiter& operator=(Waiter&& other) noexcept {
    if (state_) close();
    state_ = std::move(other.state_);
    return *this;
  }
  ~Waiter() {
    if (state_) close();
  }

  bool is_set() const { return state_->value.has_value(); }

  // The first one counts. Whoever waits goes on soon, not from inside of this call.
  void set(base::Result<T> value) {
    if (is_set()) return;
    state_->value.emplace(std::move(value));
    wake(state_);
  }
  void close() {
    if (is_set()) return;
    state_->value.emplace(base::fail(base::Code::cancelled, "closed"));
    wake(state_);
  }

  // `co_await waiter.wait(deadline)`: what was set, or timeout at `deadline`. By one at a time;
  // a value can be taken once.
  auto wait(base::Instant deadline) { return Awaiter(state_, deadline); }

 private:
  struct State {
    explicit State(Loop& on) : loop(on) {}
    Loop& loop;
    std::optional<base::Result<T>> value;
    std::coroutine_handle<> waiting;
    std::unique_ptr<Timer> timer;
  };

  static void wake(const std::shared_ptr<State>& state) {
    state->timer.reset();
    if (!state->waiting) return;
    state->loop.post([weak = std::weak_ptr(state)] {
      // The coroutine may have been dropped meanwhile.
      if (const auto still = weak.lock(); still && still->waiting) {
        std::exchange(still->waiting, nullptr).resume();
      }
    });
  }

  class Awaiter {
   public:
    Awaiter(std::shared_ptr<State> state, base::Instant deadline)
        : state_(std::move(state)), deadline_(deadline) {}
    Awaiter(const Awaiter&) = delete;
    Awaiter& operator=(const Awaiter&) = delete;
    ~Awaiter() {
      state_->waiting = nullptr;
      state_->timer.reset();
    }

    bool await_ready() const noexcept { return state_->value.has_value(); }
    void await_suspend(std::coroutine_handle<> waiting) {
      ASSERT(!state_->waiting);
      state_->waiting = waiting;
      if (deadline_ == base::Instant::never()) return;
      state_->timer = state_->loop.call_at(deadline_, [weak = std::weak_ptr(state_)] {
        const auto still = weak.lock();
        if (!still || !still->waiting) return;
        std::exchange(still->waiting, nullptr).resume();
      });
    }
    base::Result<T> await_resume() {
      if (!state_->value) return base::fail(base::Code::timeout, "took too long");
      return *std::exchange(state_->value, closed());
    }

   private:
    static std::optional<base::Result<T>> closed() {
      return base::Result<T>(base::fail(base::Code::cancelled, "taken already"));
    }
    std::shared_ptr<State> state_;
    base::Instant deadline_;
  };

  std::shared_ptr<State> state_;
};

// Comes back at `when`, never with an error but cancelled.
inline Task<void> sleep_until(Loop& loop, base::Instant when) {
  Waiter<void> never_set(loop);
  (void)co_await never_set.wait(when);
}

}  // namespace tesseras::runtime
