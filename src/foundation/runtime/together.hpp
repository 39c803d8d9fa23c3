// Tasks beside one another, and waiting for all of them.
#pragma once

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <utility>
#include <vector>

#include "foundation/runtime/loop.hpp"
#include "foundation/runtime/task.hpp"
#include "foundation/runtime/tasks.hpp"
#include "foundation/runtime/waiter.hpp"

namespace tesseras::runtime {

// `co_await together(loop, std::move(calls))`: all begin at once, and it comes back when the last
// has ended. Dropping it drops those that still wait.
inline Task<void> together(Loop& loop, std::vector<Task<void>> tasks) {
  if (tasks.empty()) co_return;
  std::size_t left = tasks.size();
  Waiter<void> done(loop);
  const auto counted = [&left, &done](Task<void> task) -> Task<void> {
    co_await std::move(task);
    if (--left == 0) done.set({});
  };
  Tasks running(loop);
  for (auto& task : tasks) running.spawn(counted(std::move(task)));
  (void)co_await done.wait(base::Instant::never());
}

// The same, so many of them at a time: the next begin when the last of those before has ended.
inline Task<void> together(Loop& loop, std::vector<Task<void>> tasks, std::size_t at_once) {
  for (auto next = tasks.begin(); next != tasks.end();) {
    const auto left = static_cast<std::size_t>(tasks.end() - next);
    const auto end = next + static_cast<std::ptrdiff_t>(std::min(at_once, left));
    co_await together(
        loop, std::vector<Task<void>>(std::make_move_iterator(next), std::make_move_iterator(end)));
    next = end;
  }
}

}  // namespace tesseras::runtime
