// Giving fragments of one plan to peers that are to keep them (spec/transfer.md, section 2): which
// peer gets which follows from placement.hpp; those that refuse, or cannot be reached, are replaced
// while it goes on.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

#include "foundation/runtime/log.hpp"
#include "foundation/runtime/offload.hpp"
#include "foundation/transport/transport.hpp"
#include "preserve/dht/node_info.hpp"
#include "preserve/replica/placement.hpp"
#include "preserve/replica/plan.hpp"
#include "preserve/replica/transfer.hpp"

namespace tesseras::replica {

// A peer that may be given fragments.
struct Recipient {
  Candidate candidate;
  dht::NodeInfo node;
};

struct DistributionOptions {
  std::shared_ptr<const SignedPlan> plan;
  Fragments wanted;
  bool is_repair = false;
  // The nearest to the key first, without ourselves; with those that keep some already.
  std::vector<Recipient> recipients;
  // Begins to read a fragment; any thread.
  std::function<Result<ReadNext>(unsigned fragment, std::uint64_t offset)> open;
  std::size_t transfers_max = 4;  // at once
  // A peer has acknowledged that it keeps one, on its medium.
  std::function<void(const dht::NodeInfo& node, unsigned fragment)> on_kept;
  // A peer says that the tessera's author has taken it back, and may be asked to show it.
  std::function<void(const dht::NodeInfo& node)> on_taken_back = nullptr;
};

struct Distributed {
  Fragments kept;                  // of those that were wanted
  std::vector<unsigned> homeless;  // nobody takes these now
  bool breaks_diversity = false;   // as Placement
};

// On the thread of the loop; dropping it ends the transfers, which the next attempt goes on with.
// Errors: those of `open` and of what it returns, once all that was under way has ended.
Task<Result<Distributed>> distribute(transport::Transport& transport, runtime::Offload offload,
                                     runtime::Log log, DistributionOptions options);

}  // namespace tesseras::replica
