// Before a node leaves for good: all that it keeps goes to others, so that nothing has to be
// made again when it is gone (spec/repair.md, section 5). On the thread of the loop.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>

#include "foundation/runtime/log.hpp"
#include "foundation/runtime/offload.hpp"
#include "foundation/transport/transport.hpp"
#include "preserve/dht/service.hpp"
#include "preserve/replica/fragment_store.hpp"
#include "preserve/replica/ledger.hpp"
#include "preserve/upkeep/tempo.hpp"
#include "preserve/upkeep/watch.hpp"

namespace tesseras::upkeep {

struct HandingOverOptions {
  std::size_t transfers_max = 4;
  // Where nobody takes what is left: the first pause, doubled each time up to the other.
  std::chrono::seconds first_retry{20};
  std::chrono::seconds retry_max{600};
  // Less of this tessera is kept here than before, or nothing.
  std::function<void(const base::ContentHash&)> on_given;
  // A peer says that its author has taken it back.
  std::function<void(const base::ContentHash&, const dht::NodeInfo&)> on_taken_back;
};

class HandingOver {
 public:
  struct Counts {
    std::uint64_t given = 0;  // fragments that others keep now, and this node no longer
    std::size_t left = 0;     // that are kept here and are whole, when it was last looked
  };

  // All that is given outlives it. `dht` is to be bootstrapped.
  HandingOver(runtime::Offload offload, transport::Transport& transport, dht::Service& dht,
              std::shared_ptr<replica::FragmentStore> store,
              std::shared_ptr<replica::Ledger> ledger, Watch& watch, Tempo tempo,
              HandingOverOptions options, runtime::Log log);

  // Comes back when nothing whole is left here; goes on for as long as that takes. Dropping it
  // loses nothing: a fragment goes from here once another node has acknowledged that it keeps it.
  // Errors: those of the disk, when what is kept cannot be told.
  runtime::Task<base::Result<void>> run();

  Counts counts() const { return counts_; }

 private:
  runtime::Task<base::Result<void>> give_each_once();
  runtime::Task<base::Result<void>> give(base::PlanId id, replica::Fragments kept);
  runtime::Task<base::Result<void>> let_go(base::PlanId id, replica::Fragments given);

  runtime::Offload offload_;
  transport::Transport& transport_;
  dht::Service& dht_;
  std::shared_ptr<replica::FragmentStore> store_;
  std::shared_ptr<replica::Ledger> ledger_;
  Watch& watch_;
  Tempo tempo_;
  HandingOverOptions options_;
  runtime::Log log_;
  Counts counts_;
};

}  // namespace tesseras::upkeep
