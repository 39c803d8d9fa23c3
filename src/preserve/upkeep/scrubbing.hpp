// Reading again what this node keeps, so that what has rotted is found here and not by who needs
// it. On the thread of the loop; the store is called beside it.
#pragma once

#include <cstdint>
#include <memory>

#include "foundation/runtime/log.hpp"
#include "foundation/runtime/offload.hpp"
#include "foundation/runtime/tasks.hpp"
#include "preserve/replica/fragment_store.hpp"

namespace tesseras::upkeep {

using runtime::Task;

class Scrubbing {
 public:
  struct Counts {
    std::uint64_t checked_bytes = 0;
    std::uint64_t rotten = 0;  // fragments that were set aside
  };

  // Reads one fragment after another, and begins again, until it is dropped; so many bytes a second
  // on average, at least 1.
  Scrubbing(runtime::Offload offload, std::shared_ptr<replica::FragmentStore> store,
            std::uint64_t bytes_per_second, runtime::Log log);

  const Counts& counts() const { return counts_; }

 private:
  Task<void> keep_reading();
  Task<void> check(replica::Reference reference);

  runtime::Offload offload_;
  std::shared_ptr<replica::FragmentStore> store_;
  std::uint64_t bytes_per_second_;
  runtime::Log log_;
  Counts counts_;
  runtime::Tasks tasks_;  // dropped first
};

}  // namespace tesseras::upkeep
