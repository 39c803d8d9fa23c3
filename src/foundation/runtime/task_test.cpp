#include "foundation/runtime/task.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace tesseras::runtime {
namespace {

using base::Code;
using base::fail;
using base::Result;

// Somebody who waits until he is told to go on.
class Pause {
 public:
  auto operator co_await() {
    struct Awaiter {
      Pause& pause;
      bool await_ready() const noexcept { return false; }
      void await_suspend(std::coroutine_handle<> waiting) const { pause.waiting_ = waiting; }
      void await_resume() const noexcept {}
    };
    return Awaiter{*this};
  }
  void go_on() { std::exchange(waiting_, nullptr).resume(); }

 private:
  std::coroutine_handle<> waiting_;
};

Task<Result<int>> doubled(int value) {
  if (value < 0) co_return fail(Code::invalid, "{} is negative", value);
  co_return value * 2;
}

Task<Result<std::string>> described(int value) {
  const int twice = CO_TRY(co_await doubled(value));
  co_return std::to_string(twice);
}

template <class T>
Task<void> into(Task<T> task, std::optional<T>& result) {
  result.emplace(co_await std::move(task));
}

TEST(Task, BeginsOnlyWhenItIsAwaited) {
  bool began = false;
  const auto body = [&]() -> Task<void> {
    began = true;
    co_return;
  };
  auto task = body();
  EXPECT_FALSE(began);
  EXPECT_FALSE(task.is_done());
  task.start();
  EXPECT_TRUE(began);
  EXPECT_TRUE(task.is_done());
}

TEST(Task, GivesItsValueToWhoAwaitsIt) {
  std::optional<Result<std::string>> result;
  auto task = into(described(21), result);
  task.start();
  ASSERT_TRUE(result.has_value());
  EXPECT_EQ(result->value(), "42");
}

TEST(Task, EndsWithAnErrorThatItDoesNotTakeUp) {
  std::optional<Result<std::string>> result;
  auto task = into(described(-1), result);
  task.start();
  ASSERT_TRUE(result.has_value());
  EXPECT_EQ(result->error().code, Code::invalid);
  EXPECT_EQ(result->error().message, "-1 is negative");
  EXPECT_TRUE(task.is_done());
}

TEST(Task, GivesAnErrorAlsoAfterItHasWaited) {
  Pause pause;
  const auto body = [&]() -> Task<Result<void>> {
    co_await pause;
    CO_TRY(co_await described(-2));
    co_return {};
  };
  std::optional<Result<void>> result;
  auto task = into(body(), result);
  task.start();
  EXPECT_FALSE(result.has_value());
  pause.go_on();
  ASSERT_TRUE(result.has_value());
  EXPECT_EQ(result->error().message, "-2 is negative");
}

TEST(Task, CarriesWhatCanOnlyBeMoved) {
  const auto body = []() -> Task<Result<std::unique_ptr<int>>> {
    co_return std::make_unique<int>(7);
  };
  std::optional<Result<std::unique_ptr<int>>> result;
  auto task = into(body(), result);
  task.start();
  EXPECT_EQ(**result.value(), 7);
}

struct Noted {
  Noted(std::vector<std::string>& into, std::string text) : notes(into), name(std::move(text)) {}
  Noted(const Noted&) = delete;
  Noted& operator=(const Noted&) = delete;
  ~Noted() { notes.push_back(name); }
  std::vector<std::string>& notes;
  std::string name;
};

TEST(Task, FreesAllThatWaitsWhenItIsDropped) {
  Pause pause;
  std::vector<std::string> freed;
  const auto inner = [&]() -> Task<void> {
    const Noted note(freed, "inner");
    co_await pause;
    freed.push_back("never");
  };
  const auto outer = [&]() -> Task<void> {
    const Noted note(freed, "outer");
    co_await inner();
  };
  {
    auto task = outer();
    task.start();
    EXPECT_TRUE(freed.empty());
  }
  EXPECT_EQ(freed, (std::vector<std::string>{"inner", "outer"}));
}

TEST(Task, FreesTheLocalsOfOneThatEndedWithAnError) {
  std::vector<std::string> freed;
  const auto body = [&]() -> Task<Result<void>> {
    const Noted note(freed, "local");
    CO_TRY(co_await described(-3));
    co_return {};
  };
  const auto outer = [&]() -> Task<void> {
    EXPECT_FALSE((co_await body()).has_value());
    freed.push_back("after");
  };
  auto task = outer();
  task.start();
  EXPECT_EQ(freed, (std::vector<std::string>{"local", "after"}));
}

TEST(Task, MayBeDroppedByTheOneThatItResumes) {
  Pause pause;
  const auto body = [&]() -> Task<Result<void>> {
    co_await pause;
    CO_TRY(co_await described(-4));
    co_return {};
  };
  bool went_on = false;
  const auto outer = [&]() -> Task<void> {
    EXPECT_FALSE((co_await body()).has_value());  // its frame is freed before it is left
    co_await pause;
    went_on = true;
  };
  auto task = outer();
  task.start();
  pause.go_on();
  EXPECT_FALSE(went_on);
  pause.go_on();
  EXPECT_TRUE(went_on);
}

TEST(Task, AwaitsInALongRowWithoutUsingUpTheStack) {
  const auto body = []() -> Task<Result<int>> {
    int sum = 0;
    for (int i = 0; i < 200'000; ++i) sum += CO_TRY(co_await doubled(1));
    co_return sum;
  };
  std::optional<Result<int>> result;
  auto task = into(body(), result);
  task.start();
  EXPECT_EQ(result->value(), 400'000);
}

}  // namespace
}  // namespace tesseras::runtime
