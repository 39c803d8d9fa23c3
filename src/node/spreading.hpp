// Seeing to it that the tesserae of this node's user are kept by others: for each plan of its own,
// finds peers for the fragments that nobody keeps, gives them, and looks again from time to time.
// On the thread of the loop.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "foundation/runtime/log.hpp"
#include "foundation/runtime/offload.hpp"
#include "foundation/runtime/tasks.hpp"
#include "foundation/runtime/waiter.hpp"
#include "foundation/transport/transport.hpp"
#include "node/inbox.hpp"
#include "node/own_plans.hpp"
#include "preserve/dht/service.hpp"
#include "preserve/replica/distribution.hpp"
#include "preserve/replica/ledger.hpp"
#include "preserve/replica/pack_fragments.hpp"
#include "preserve/replica/rosters.hpp"

namespace tesseras::node {

struct SpreadingOptions {
  std::size_t transfers_max = 4;
  // Of a tessera all of whose fragments are kept: when it is looked at again, more or less.
  std::chrono::seconds look_every{86'400};
  std::chrono::seconds look_jitter{7200};
  // Of one that lacks some; then twice as long each time, up to the maximum.
  std::chrono::seconds first_retry{20};
  std::chrono::seconds retry_max{3600};
  // A peer says that the author has taken the tessera back.
  std::function<void(const base::ContentHash&, const dht::NodeInfo& node)> on_taken_back;
};

// How far a tessera is with others, as far as this node knows.
struct Spread {
  explicit Spread(const erasure::Shape& of) : shape(of) {}

  erasure::Shape shape;
  replica::Fragments kept;
  std::size_t holders = 0;
  // How many holders may vanish; nullopt: they do not suffice as it is.
  std::optional<std::size_t> may_vanish;
  bool is_busy = false;           // more is being given now, or will be soon
  bool breaks_diversity = false;  // more than two holders are in one network
  std::string trouble;            // why there is no more; empty: nothing is wrong
};

class Spreading {
 public:
  // What is given outlives it. `folder` is its own, and what an earlier run has left there goes.
  Spreading(runtime::Offload offload, runtime::Disk& disk, runtime::path folder,
            transport::Transport& transport, dht::Service& dht, OwnPlans& plans,
            replica::Rosters& rosters, std::shared_ptr<replica::Ledger> ledger,
            OpenVault open_vault, SpreadingOptions options, runtime::Log log);

  // A plan that is one of `plans` by now: it is looked at next.
  void begin(const base::ContentHash& content_hash);
  // Others are to keep it no more: what is being given of it is broken off. Its plan is still one
  // of `plans`, and goes next.
  void forget(const base::ContentHash& content_hash, const base::PlanId& plan);
  // Whether more of it is being given now, or will be soon.
  bool is_busy(const base::ContentHash& content_hash) const;
  // not_found: this node has no plan of it. corrupt, and the disk's errors.
  base::Result<Spread> spread_of(const base::ContentHash& content_hash) const;

  // Of those that have been looked at since the start.
  struct Counts {
    std::size_t tesserae = 0;
    std::size_t incomplete = 0;  // of these: nobody keeps some of their fragments
    std::size_t at_risk = 0;     // of these: others could not make it again, or need all they have
  };
  Counts counts() const;

 private:
  // When a tessera is looked at next, and what was seen when it was.
  struct Look {
    base::Instant next_at;
    std::chrono::seconds retry_in{0};  // 0: all is well
    bool was_looked_at = false;
    bool breaks_diversity = false;
    std::optional<std::size_t> may_vanish;
    std::string trouble;
  };

  runtime::Task<void> keep_looking();
  runtime::Task<base::Result<void>> look(base::ContentHash content_hash, Look& look);
  // What others have acknowledged to keep of it, into the ledger; and what they keep no more.
  void book(const replica::SignedPlan& plan);
  runtime::Task<base::Result<replica::Distributed>> give(
      std::shared_ptr<const replica::SignedPlan> plan, replica::Fragments missing);
  runtime::Task<base::Result<std::vector<replica::Recipient>>> recipients(const replica::Plan& plan,
                                                                          base::PlanId id) const;
  void acknowledged(const replica::SignedPlan& plan, const dht::NodeInfo& node, unsigned fragment);
  std::chrono::seconds with_jitter(std::chrono::seconds span);

  runtime::Offload offload_;
  runtime::Disk& disk_;
  runtime::path folder_;
  transport::Transport& transport_;
  dht::Service& dht_;
  OwnPlans& plans_;
  replica::Rosters& rosters_;
  std::shared_ptr<replica::Ledger> ledger_;
  OpenVault open_vault_;
  SpreadingOptions options_;
  runtime::Log log_;
  std::map<base::ContentHash, Look> looks_;
  std::map<base::PlanId, std::set<std::pair<dht::NodePublicKey, unsigned>>> booked_;
  std::optional<base::ContentHash> under_way_;
  runtime::Waiter<void> changed_;
  std::optional<runtime::Tasks> tasks_;  // dropped first
};

}  // namespace tesseras::node
