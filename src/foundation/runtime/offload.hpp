// Work that blocks, beside the loop: reading, hashing, waiting for a disk.
#pragma once

#include <memory>
#include <type_traits>
#include <utility>

#include "foundation/base/time.hpp"
#include "foundation/runtime/loop.hpp"
#include "foundation/runtime/task.hpp"
#include "foundation/runtime/waiter.hpp"
#include "foundation/runtime/workers.hpp"

namespace tesseras::runtime {

// Runs work on workers' threads and comes back on the loop's. Without workers it does so at once on
// the loop's own thread, so that a simulated world stays the same from one run to the next.
class Offload {
 public:
  // Both outlive it. The workers end before the loop does.
  explicit Offload(Loop& loop, Workers* workers = nullptr) : loop_(&loop), workers_(workers) {}

  Loop& loop() const { return *loop_; }

  // `co_await offload.run(work)`: what work() returned, a Result. Once begun it runs to its end,
  // also where nobody waits for it any more; so it owns all that it uses, or shares it.
  template <class Work>
  Task<std::invoke_result_t<Work>> run(Work work) {
    using Value = std::invoke_result_t<Work>::value_type;
    if (workers_ == nullptr) co_return work();
    const auto done = std::make_shared<Waiter<Value>>(*loop_);
    workers_->post([work = std::make_shared<Work>(std::move(work)), loop = loop_,
                    weak = std::weak_ptr(done)]() mutable {
      auto result = (*work)();
      work.reset();
      loop->post([weak, result = std::move(result)]() mutable {
        if (const auto waiting = weak.lock()) waiting->set(std::move(result));
      });
    });
    co_return co_await done->wait(base::Instant::never());
  }

 private:
  Loop* loop_;
  Workers* workers_;
};

}  // namespace tesseras::runtime
