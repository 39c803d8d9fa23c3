// Task<T>: a coroutine that begins when it is awaited and gives its value to whoever awaits it.
//
//   Task<Result<Reply>> ask(Session& session, Instant deadline) {
//     auto stream = CO_TRY(co_await session.request(deadline));   // an error ends ask() with it
//     co_return CO_TRY(co_await stream->read(deadline));
//   }
//
// A Task belongs to the thread of its Loop. Dropping one that waits frees it and all that it
// awaits: their locals are destroyed, innermost first, and nothing of theirs runs any more.
// References given to a coroutine must outlive it. What ends without having waited gives its value
// as a function does, so a loop may await any number of tasks; a chain of tasks that await one
// another takes stack as a chain of calls does. An exception that leaves a coroutine ends the
// program.
#pragma once

#include <coroutine>
#include <exception>
#include <optional>
#include <type_traits>
#include <utility>

#include "foundation/base/assert.hpp"
#include "foundation/base/result.hpp"

namespace tesseras::runtime {

template <class T = void>
class Task;

namespace task_detail {

// Goes on with the coroutine that waits for this one. Resumed here and not by symmetric transfer:
// GCC 14 makes no tail call of one under sanitizers, and each would take stack that is never given
// back.
struct FinalAwaiter {
  bool await_ready() const noexcept { return false; }
  template <class Promise>
  void await_suspend(std::coroutine_handle<Promise> ended) const noexcept {
    ended.promise().end();
  }
  void await_resume() const noexcept {}
};

struct PromiseBase {
  std::coroutine_handle<> waiting;  // set once the one that awaits this has been suspended
  bool has_ended = false;

  // This coroutine has its value. Its frame may be gone when this returns.
  void end() noexcept {
    has_ended = true;
    if (waiting) waiting.resume();
  }

  std::suspend_always initial_suspend() const noexcept { return {}; }
  FinalAwaiter final_suspend() const noexcept { return {}; }
  [[noreturn]] void unhandled_exception() const noexcept { std::terminate(); }
};

template <class T>
struct Promise : PromiseBase {
  std::optional<T> value;

  Task<T> get_return_object();
  template <class U = T>
    requires std::is_constructible_v<T, U&&>
  void return_value(U&& given) {
    value.emplace(std::forward<U>(given));
  }
  T take() {
    ASSERT(value.has_value());
    return *std::move(value);
  }
};

template <>
struct Promise<void> : PromiseBase {
  Task<void> get_return_object();
  void return_void() const noexcept {}
  void take() const noexcept {}
};

}  // namespace task_detail

template <class T>
class [[nodiscard]] Task {
 public:
  using promise_type = task_detail::Promise<T>;
  using Handle = std::coroutine_handle<promise_type>;

  Task() = default;
  explicit Task(Handle handle) : handle_(handle) {}
  Task(Task&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  Task& operator=(Task&& other) noexcept {
    std::swap(handle_, other.handle_);
    return *this;
  }
  ~Task() {
    if (handle_) handle_.destroy();
  }

  bool is_done() const { return !handle_ || handle_.promise().has_ended; }

  // Begins the coroutine without anybody who awaits it; for those that keep the Task.
  void start() {
    ASSERT(!is_done());
    handle_.resume();
  }

  // Awaited at most once.
  auto operator co_await() && {
    struct Awaiter {
      Handle handle;
      bool await_ready() const noexcept { return false; }
      bool await_suspend(std::coroutine_handle<> waiting) const {
        handle.resume();
        if (handle.promise().has_ended) return false;
        handle.promise().waiting = waiting;
        return true;
      }
      T await_resume() const { return handle.promise().take(); }
    };
    ASSERT(!is_done());
    return Awaiter{handle_};
  }

 private:
  Handle handle_;
};

namespace task_detail {

template <class T>
Task<T> Promise<T>::get_return_object() {
  return Task<T>(std::coroutine_handle<Promise>::from_promise(*this));
}

inline Task<void> Promise<void>::get_return_object() {
  return Task<void>(std::coroutine_handle<Promise>::from_promise(*this));
}

// co_await inside of a statement expression crashes GCC 14, so what TRY does with one is an
// awaiter here: on an error it ends the coroutine that awaits it, which is then only destroyed.
template <class T>
class OrReturn {
 public:
  explicit OrReturn(base::Result<T> result) : result_(std::move(result)) {}

  bool await_ready() const noexcept { return result_.has_value(); }
  template <class Promise>
  void await_suspend(std::coroutine_handle<Promise> failed) {
    failed.promise().return_value(base::fail(std::move(result_).error()));
    failed.promise().end();
  }
  T await_resume() {
    if constexpr (!std::is_void_v<T>) return *std::move(result_);
  }

 private:
  base::Result<T> result_;
};

}  // namespace task_detail

template <class T>
auto or_return(base::Result<T> result) {
  return task_detail::OrReturn<T>(std::move(result));
}

}  // namespace tesseras::runtime

// The value of a Result, or an end of this coroutine with its error. The coroutine returns a
// Result of some kind.
#define CO_TRY(...) (co_await ::tesseras::runtime::or_return(__VA_ARGS__))
