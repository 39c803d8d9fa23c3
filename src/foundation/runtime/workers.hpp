// A few threads that hash, copy and encode.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <stop_token>

#include "foundation/base/result.hpp"

namespace tesseras::runtime {

class Workers {
 public:
  // `threads` at least 1.
  explicit Workers(std::size_t threads);
  ~Workers();  // waits for every posted task
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  std::size_t threads() const;

  // As many as the machine has cores, at least 1, at most 16: beyond that a disk is the limit.
  static std::size_t threads_of_this_machine();

  // Calls body(0) … body(count - 1), each once, on up to threads() threads at a time, the
  // caller's being one of them, in rising order of start; returns when all that began have
  // ended. After the first error, or when `stop` is requested, no further one begins: then
  // the error of the lowest index, or cancelled. May be called from inside a body.
  base::Result<void> for_each(std::size_t count, std::stop_token stop,
                              const std::function<base::Result<void>(std::size_t)>& body);

  // Runs `task` soon on one of the threads. Tasks must not wait for one another.
  void post(std::function<void()> task);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace tesseras::runtime
