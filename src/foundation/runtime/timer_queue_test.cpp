#include "foundation/runtime/timer_queue.hpp"

#include <gtest/gtest.h>

#include <string>

namespace tesseras::runtime {
namespace {

using base::Instant;

class TimerQueueTest : public ::testing::Test {
 protected:
  Callback note(char letter) {
    return [this, letter] { noted_ += letter; };
  }
  std::string run_until(Instant now) {
    while (auto call = queue_.take_due(now)) (*call)();
    return std::exchange(noted_, {});
  }

  TimerQueue queue_;
  std::string noted_;
};

TEST_F(TimerQueueTest, CallsInTheOrderOfTimeThenOfAsking) {
  const auto c = queue_.add({20}, note('c'));
  const auto a = queue_.add({10}, note('a'));
  const auto d = queue_.add({20}, note('d'));
  queue_.add_for_good({10}, note('b'));
  EXPECT_EQ(queue_.next_due(), Instant{10});
  EXPECT_EQ(run_until({9}), "");
  EXPECT_EQ(run_until({19}), "ab");
  EXPECT_EQ(queue_.next_due(), Instant{20});
  EXPECT_EQ(run_until({100}), "cd");
  EXPECT_EQ(queue_.next_due(), Instant::never());
}

TEST_F(TimerQueueTest, WhatIsSoonKeepsTheOrderOfAskingToo) {
  queue_.add_for_good({10}, note('b'));
  queue_.add_for_good({11}, note('e'));
  queue_.add_for_good({5}, note('a'));
  queue_.add_soon({10}, note('c'));
  queue_.add_for_good({10}, [&] {
    noted_ += 'd';
    queue_.add_soon({10}, note('x'));
    queue_.add_for_good({7}, note('w'));  // of a time that has passed: before all others
  });
  EXPECT_EQ(queue_.next_due(), Instant{5});
  EXPECT_EQ(run_until({10}), "abcdwx");
  EXPECT_EQ(queue_.next_due(), Instant{11});
  queue_.add_soon({10}, note('f'));
  EXPECT_EQ(queue_.next_due(), Instant{10});
  EXPECT_EQ(run_until({9}), "");
  EXPECT_EQ(run_until({11}), "fe");
  EXPECT_EQ(queue_.next_due(), Instant::never());
}

TEST_F(TimerQueueTest, ADroppedTimerDoesNotCall) {
  auto first = queue_.add({10}, note('a'));
  const auto second = queue_.add({10}, note('b'));
  first.reset();
  EXPECT_EQ(run_until({10}), "b");
}

TEST_F(TimerQueueTest, ACallMayDropOthersAndAskForMore) {
  auto other = queue_.add({11}, note('x'));
  queue_.add_for_good({10}, [&] {
    noted_ += 'a';
    other.reset();
    queue_.add_for_good({5}, note('b'));  // due already: called in the same round
  });
  EXPECT_EQ(run_until({20}), "ab");
}

TEST_F(TimerQueueTest, ATimerThatIsDroppedDropsThoseThatItsCallHolds) {
  auto inner = queue_.add({11}, note('x'));
  auto outer = queue_.add({10}, [inner = std::move(inner)] {});
  outer.reset();
  EXPECT_EQ(queue_.next_due(), Instant::never());
}

TEST(TimerQueue, ATimerMayOutliveIt) {
  std::unique_ptr<Timer> timer;
  {
    TimerQueue queue;
    timer = queue.add({10}, [] {});
  }
  timer.reset();
}

}  // namespace
}  // namespace tesseras::runtime
