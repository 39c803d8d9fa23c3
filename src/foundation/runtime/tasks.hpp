// Coroutines that run beside one another and belong to somebody.
#pragma once

#include <cstddef>
#include <list>
#include <memory>

#include "foundation/runtime/loop.hpp"
#include "foundation/runtime/task.hpp"

namespace tesseras::runtime {

// Runs tasks until they end. Dropping it drops those that still wait: so nothing that a service
// began outlives the service. On the thread of its loop; not dropped from inside one of its tasks.
class Tasks {
 public:
  explicit Tasks(Loop& loop) : state_(std::make_shared<State>(loop)) {}
  ~Tasks() { state_->running.clear(); }
  Tasks(const Tasks&) = delete;
  Tasks& operator=(const Tasks&) = delete;

  // Begins at once, and comes back when the task first waits.
  void spawn(Task<void> task) {
    auto& running = state_->running;
    running.push_back({});
    const auto place = std::prev(running.end());
    *place = run(std::move(task), state_, place);
    place->start();
  }

  std::size_t size() const { return state_->running.size(); }

 private:
  struct State {
    explicit State(Loop& on) : loop(on) {}
    Loop& loop;
    std::list<Task<void>> running;
  };

  static Task<void> run(Task<void> task, std::weak_ptr<State> state,
                        std::list<Task<void>>::iterator place) {
    co_await std::move(task);
    // A coroutine cannot free the frame that it runs in.
    const auto still = state.lock();
    if (still == nullptr) co_return;
    still->loop.post([state, place] {
      if (const auto alive = state.lock()) alive->running.erase(place);
    });
  }

  std::shared_ptr<State> state_;
};

}  // namespace tesseras::runtime
