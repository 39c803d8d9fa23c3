// That what is kept stays so, here and with others: proofs asked for and given, what has rotted
// found, what is gone made again. Puts the parts of preserve/upkeep together. On the thread of the
// loop.
#pragma once

#include <functional>
#include <memory>

#include "foundation/runtime/disk.hpp"
#include "foundation/runtime/log.hpp"
#include "foundation/runtime/offload.hpp"
#include "foundation/runtime/tasks.hpp"
#include "foundation/transport/router.hpp"
#include "foundation/transport/transport.hpp"
#include "node/config.hpp"
#include "node/holding.hpp"
#include "node/own_plans.hpp"
#include "node/spreading.hpp"
#include "preserve/dht/service.hpp"
#include "preserve/replica/rosters.hpp"
#include "preserve/upkeep/auditing.hpp"
#include "preserve/upkeep/prover.hpp"
#include "preserve/upkeep/repairing.hpp"
#include "preserve/upkeep/scrubbing.hpp"
#include "preserve/upkeep/watch.hpp"

namespace tesseras::node {

class Upkeep {
 public:
  // What it looks after; all of it outlives the upkeep.
  struct Parts {
    transport::Transport& transport;
    dht::Service& dht;
    OwnPlans& plans;
    replica::Rosters& rosters;
    Spreading& spreading;
    Holding& holding;
  };

  // `on_mended`: a fragment of this tessera, which this node keeps, was made again.
  Upkeep(runtime::Offload offload, runtime::Disk& disk, runtime::path folder, const Parts& parts,
         const Config& config, std::function<void(const base::ContentHash&)> on_mended,
         runtime::Log log);

  void add_to(transport::Router& router);
  void set_own_addresses(const std::vector<runtime::IpAddress>& addresses) {
    prover_.set_own_addresses(addresses);
  }

  const upkeep::Prover& prover() const { return prover_; }
  const upkeep::Auditing& auditing() const { return auditing_; }
  const upkeep::Repairing& repairing() const { return repairing_; }
  const upkeep::Scrubbing& scrubbing() const { return scrubbing_; }

 private:
  runtime::Task<void> keep_watching_own();

  runtime::Offload offload_;
  OwnPlans& plans_;
  upkeep::Watch watch_;
  upkeep::Prover prover_;
  upkeep::Auditing auditing_;
  upkeep::Repairing repairing_;
  upkeep::Scrubbing scrubbing_;
  std::set<base::ContentHash> watched_;
  runtime::Tasks tasks_;  // dropped first
};

}  // namespace tesseras::node
