#include "foundation/runtime/together.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <memory>

#include "foundation/runtime/manual_loop_fixture.hpp"

namespace tesseras::runtime {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

Task<void> after(Loop& loop, base::nanoseconds time, std::vector<int>& order, int number) {
  co_await sleep_until(loop, loop.now() + time);
  order.push_back(number);
}

Task<void> at_once(std::vector<int>& order, int number) {
  order.push_back(number);
  co_return;
}

Task<void> all(Loop& loop, std::vector<Task<void>> tasks, bool& done) {
  co_await together(loop, std::move(tasks));
  done = true;
}

TEST(Together, ComesBackWhenTheLastHasEnded) {
  ManualLoop loop;
  std::vector<int> order;
  bool done = false;
  std::vector<Task<void>> calls;
  calls.push_back(after(loop, seconds(3), order, 3));
  calls.push_back(at_once(order, 0));
  calls.push_back(after(loop, seconds(1), order, 1));
  Tasks tasks(loop);
  tasks.spawn(all(loop, std::move(calls), done));
  loop.run_for(seconds(2));
  EXPECT_EQ(order, (std::vector{0, 1}));
  EXPECT_FALSE(done);
  loop.run_for(seconds(2));
  EXPECT_EQ(order, (std::vector{0, 1, 3}));
  EXPECT_TRUE(done);
}

Task<void> two_at_a_time(Loop& loop, std::vector<Task<void>> tasks, bool& done) {
  co_await together(loop, std::move(tasks), 2);
  done = true;
}

TEST(Together, BeginsSoManyAtATime) {
  ManualLoop loop;
  std::vector<int> order;
  bool done = false;
  std::vector<Task<void>> calls;
  calls.push_back(after(loop, seconds(3), order, 3));
  calls.push_back(after(loop, seconds(1), order, 1));
  calls.push_back(at_once(order, 0));
  calls.push_back(after(loop, seconds(1), order, 1));
  calls.push_back(at_once(order, 4));
  Tasks tasks(loop);
  tasks.spawn(two_at_a_time(loop, std::move(calls), done));
  loop.run_for(seconds(2));
  EXPECT_EQ(order, (std::vector{1}));
  loop.run_for(milliseconds(1500));
  EXPECT_EQ(order, (std::vector{1, 3, 0}));
  EXPECT_FALSE(done);
  loop.run_for(seconds(1));
  EXPECT_EQ(order, (std::vector{1, 3, 0, 1, 4}));
  EXPECT_TRUE(done);
}

TEST(Together, OfNoneComesBackAtOnce) {
  ManualLoop loop;
  bool done = false;
  Tasks tasks(loop);
  tasks.spawn(all(loop, {}, done));
  EXPECT_TRUE(done);
}

TEST(Together, WhoeverDropsItDropsThem) {
  ManualLoop loop;
  std::vector<int> order;
  bool done = false;
  {
    std::vector<Task<void>> calls;
    calls.push_back(after(loop, seconds(1), order, 1));
    Tasks tasks(loop);
    tasks.spawn(all(loop, std::move(calls), done));
  }
  loop.run_for(seconds(2));
  EXPECT_TRUE(order.empty());
  EXPECT_FALSE(done);
}

}  // namespace
}  // namespace tesseras::runtime
