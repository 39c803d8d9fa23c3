#include "foundation/runtime/workers.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <latch>
#include <vector>

namespace tesseras::runtime {
namespace {

using base::Code;
using base::Result;

TEST(Workers, CallsEachIndexOnce) {
  Workers workers(3);
  for (const std::size_t count : {0U, 1U, 2U, 1000U}) {
    std::vector<std::atomic<int>> calls(count);
    EXPECT_TRUE(workers.for_each(count, {}, [&](std::size_t i) -> Result<void> {
      ++calls[i];
      return {};
    }));
    for (const auto& called : calls) EXPECT_EQ(called, 1);
  }
}

TEST(Workers, WorksOnSeveralThreadsAtOnce) {
  Workers workers(2);
  std::latch both(2);
  EXPECT_TRUE(workers.for_each(2, {}, [&](std::size_t) -> Result<void> {
    both.arrive_and_wait();  // would never return on one thread
    return {};
  }));
}

TEST(Workers, GivesTheErrorOfTheLowestIndexAndBeginsNoMore) {
  Workers workers(2);
  std::latch both(2);
  std::atomic<int> begun = 0;
  const auto result = workers.for_each(1000, {}, [&](std::size_t i) -> Result<void> {
    ++begun;
    if (i < 2) {
      both.arrive_and_wait();
      return base::fail(Code::io, "{} failed", i);
    }
    return {};
  });
  ASSERT_FALSE(result);
  EXPECT_LE(begun, 4);
  // Both of the first two may have failed before either was noted; 0 wins then.
  EXPECT_EQ(result.error(), (base::Error{Code::io, "0 failed"}));
}

TEST(Workers, StopsWhenAsked) {
  Workers workers(2);
  std::stop_source stop;
  std::atomic<int> begun = 0;
  const auto result = workers.for_each(1000, stop.get_token(), [&](std::size_t) -> Result<void> {
    if (++begun == 3) stop.request_stop();
    return {};
  });
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Code::cancelled);
  EXPECT_LT(begun, 10);
}

TEST(Workers, ARoundInsideARoundEnds) {
  Workers workers(2);
  std::atomic<int> calls = 0;
  EXPECT_TRUE(workers.for_each(8, {}, [&](std::size_t) {
    return workers.for_each(8, {}, [&](std::size_t) -> Result<void> {
      ++calls;
      return {};
    });
  }));
  EXPECT_EQ(calls, 64);
}

TEST(Workers, RunsWhatWasPostedBeforeItEnds) {
  std::atomic<int> calls = 0;
  {
    Workers workers(2);
    for (int i = 0; i < 100; ++i) workers.post([&] { ++calls; });
  }
  EXPECT_EQ(calls, 100);
}

}  // namespace
}  // namespace tesseras::runtime
