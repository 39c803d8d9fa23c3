// What this node refuses to keep, and what follows from that: what is kept of it goes, and the
// network is told of it no longer (spec/retraction.md, sections 3 and 6). On the thread of the
// loop.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <set>
#include <vector>

#include "foundation/runtime/log.hpp"
#include "foundation/runtime/offload.hpp"
#include "foundation/runtime/tasks.hpp"
#include "node/holding.hpp"
#include "node/own_plans.hpp"
#include "node/publications.hpp"
#include "node/releases.hpp"
#include "node/spreading.hpp"
#include "node/upkeep.hpp"
#include "preserve/dht/service.hpp"
#include "preserve/replica/refusals.hpp"
#include "preserve/replica/rosters.hpp"

namespace tesseras::node {

class Refusing {
 public:
  // All of it outlives this.
  struct Parts {
    replica::Refusals& refusals;
    Holding& holding;
    OwnPlans& plans;
    Publications& publications;
    replica::Rosters& rosters;
    Spreading& spreading;
    Upkeep& upkeep;
    Releases& releases;
    dht::Service& dht;
  };

  // What a crash has left of what is refused, goes; what the disk does not let go of is tried again
  // after ten seconds, and then after twice as long each time, at most an hour.
  Refusing(runtime::Offload offload, const Parts& parts, runtime::Log log);

  // Whether there is anything here that a retraction would be of use for: a fragment, a plan, a
  // word to the network, a deposit, a sealed tessera of its user; or the retraction itself.
  runtime::Task<bool> knows(base::ContentHash content_hash);

  // Who keeps something of it, as far as is known here.
  struct Retracted {
    std::vector<dht::NodeInfo> holders;
    bool was_new = false;  // else it was known, and holders need not be told again
    // Nothing is kept of it any more, durably. Else the disk's error; it is tried again by itself.
    base::Result<void> let_go;
  };
  // The retraction is on the medium when this returns. Errors of the disk: it is not.
  runtime::Task<base::Result<Retracted>> retract(replica::SignedRetraction retraction);

  // By the operator: how many fragments have gone. conflict: it is blocked already, or this node's
  // own user has others keep it. Errors of the disk.
  runtime::Task<base::Result<std::size_t>> block(base::ContentHash content_hash);

  const replica::Refusals& refusals() const { return parts_.refusals; }
  // As Refusals::unblock().
  base::Result<void> unblock(const base::ContentHash& content_hash) {
    return parts_.refusals.unblock(content_hash);
  }

 private:
  runtime::Task<void> find_what_was_begun();
  runtime::Task<void> keep_finishing();
  runtime::Task<std::vector<base::PlanId>> plans_of(base::ContentHash content_hash);
  runtime::Task<base::Result<std::size_t>> let_go(base::ContentHash content_hash);

  runtime::Offload offload_;
  Parts parts_;
  runtime::Log log_;
  std::set<base::ContentHash> unfinished_;  // refused, and not all of it has gone
  runtime::Tasks tasks_;                    // dropped first
};

// Why nobody gives it any more, for who wants to fetch it (not_found), or to give it to others
// (conflict).
base::Error taken_back(const replica::Retraction& retraction, base::Code code);
// The same for a tessera that may be refused here. nullopt: it is not, or its user may have it
// (not_found, of what the operator refuses).
std::optional<base::Error> why_refused(const replica::Refusals& refusals,
                                       const base::ContentHash& content_hash, base::Code code);

}  // namespace tesseras::node
