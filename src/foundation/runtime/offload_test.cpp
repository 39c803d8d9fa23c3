#include "foundation/runtime/offload.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <thread>

#include "foundation/runtime/manual_loop_fixture.hpp"
#include "foundation/runtime/system_loop.hpp"
#include "foundation/runtime/tasks.hpp"

namespace tesseras::runtime {
namespace {

using base::Code;
using base::Result;

// What one piece of work needs to be seen from outside.
struct Seen {
  std::optional<Result<int>> result;
  std::thread::id worked_on, came_back_on;
};

Task<void> work_and_tell(Offload offload, Result<int> gives, Seen& seen) {
  seen.result = co_await offload.run([gives, &seen] {
    seen.worked_on = std::this_thread::get_id();
    return gives;
  });
  seen.came_back_on = std::this_thread::get_id();
}

void run_for_a_moment(SystemLoop& loop) {
  const auto end = loop.call_at(loop.now() + std::chrono::milliseconds(5), [&] { loop.stop(); });
  loop.run();
}

TEST(Offload, WorksElsewhereAndComesBack) {
  auto loop = make_system_loop();
  Workers workers(1);
  Tasks tasks(*loop);
  Seen seen, failing;
  tasks.spawn(work_and_tell(Offload(*loop, &workers), 7, seen));
  tasks.spawn(work_and_tell(Offload(*loop, &workers), base::fail(Code::io, "no"), failing));
  while (tasks.size() > 0) run_for_a_moment(*loop);
  ASSERT_TRUE(seen.result && *seen.result);
  EXPECT_EQ(**seen.result, 7);
  EXPECT_NE(seen.worked_on, std::this_thread::get_id());
  EXPECT_EQ(seen.came_back_on, std::this_thread::get_id());
  ASSERT_TRUE(failing.result && !*failing.result);
  EXPECT_EQ(failing.result->error().code, Code::io);
}

TEST(Offload, WithoutWorkersIsACall) {
  ManualLoop loop;
  Tasks tasks(loop);
  Seen seen;
  tasks.spawn(work_and_tell(Offload(loop), 7, seen));
  ASSERT_TRUE(seen.result && *seen.result);
  EXPECT_EQ(seen.worked_on, std::this_thread::get_id());
}

TEST(Offload, EndsWhatNobodyWaitsForAnyMore) {
  auto loop = make_system_loop();
  const auto owned = std::make_shared<int>(0);
  {
    Workers workers(1);
    {
      Tasks tasks(*loop);
      const auto body = [](Offload offload, std::shared_ptr<int> counts) -> Task<void> {
        (void)co_await offload.run([counts]() -> Result<void> {
          ++*counts;
          return {};
        });
      };
      tasks.spawn(body(Offload(*loop, &workers), owned));
    }
  }
  run_for_a_moment(*loop);
  EXPECT_EQ(*owned, 1);
  EXPECT_EQ(owned.use_count(), 1);
}

}  // namespace
}  // namespace tesseras::runtime
