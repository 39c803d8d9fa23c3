// That what is kept stays so, here and with others: proofs asked for and given, what has rotted
// found, what is gone made again. Puts the parts of preserve/upkeep together. On the thread of the
// loop.
#pragma once

#include <functional>
#include <memory>
#include <optional>

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
#include "preserve/upkeep/audit_notes.hpp"
#include "preserve/upkeep/auditing.hpp"
#include "preserve/upkeep/handing_over.hpp"
#include "preserve/upkeep/prover.hpp"
#include "preserve/upkeep/repairing.hpp"
#include "preserve/upkeep/safety.hpp"
#include "preserve/upkeep/scrubbing.hpp"
#include "preserve/upkeep/tempo.hpp"
#include "preserve/upkeep/watch.hpp"

namespace tesseras::node {

// How fast time goes for a node with this configuration, from now on.
upkeep::Tempo tempo_of(const Config& config, runtime::Loop& loop);

class Upkeep {
 public:
  // What it looks after; all of it outlives the upkeep.
  struct Parts {
    transport::Transport& transport;
    dht::Service& dht;
    OwnPlans& plans;
    replica::Rosters& rosters;
    upkeep::AuditNotes& audit_notes;
    Spreading& spreading;
    Holding& holding;
  };

  // `on_changed`: of this tessera another fragment is kept and whole here than before, or fewer.
  // `on_asked`: as RepairingOptions.
  using OnAsked = std::function<void(const base::ContentHash&, std::vector<dht::NodeInfo>)>;
  using IsTakenBack = upkeep::Auditing::IsTakenBack;
  Upkeep(runtime::Offload offload, runtime::Disk& disk, runtime::path folder, const Parts& parts,
         const Config& config, std::function<void(const base::ContentHash&)> on_changed,
         OnAsked on_asked, IsTakenBack is_taken_back, runtime::Log log);

  void add_to(transport::Router& router);
  void set_own_addresses(const std::vector<runtime::IpAddress>& addresses) {
    prover_.set_own_addresses(addresses);
  }

  // As upkeep::HandingOver::run(), for a node that is to leave.
  runtime::Task<base::Result<void>> hand_over() { return handing_over_.run(); }
  // As Repairing::on_giving().
  void on_giving(const dht::NodePublicKey& to, const base::PlanId& plan) {
    repairing_.on_giving(to, plan);
  }
  // Whether nobody but who offers it keeps a fragment, as far as is known here.
  bool is_lost(const dht::NodePublicKey& offered_by, const replica::FragmentName& name) const {
    return !watch_.is_with_another(offered_by, name, tempo_.stretched(offload_.loop().wall_now()));
  }
  // What is known of a tessera of which this node keeps something, or which its user has published.
  struct Kept {
    base::PlanId plan;
    erasure::Shape shape;
    upkeep::Safety safety;
    replica::Fragments here;
    bool is_in_need = false;  // what is missing is to be made again
  };
  // nullopt: it is none of these. Where its author has signed two plans, that of which more is
  // kept.
  std::optional<Kept> kept(const base::ContentHash& content_hash) const;
  // This node's user gives it to others no longer.
  void disown(const base::PlanId& plan) { watch_.disown(plan); }

  const upkeep::HandingOver& handing_over() const { return handing_over_; }
  const upkeep::Prover& prover() const { return prover_; }
  const upkeep::Auditing& auditing() const { return auditing_; }
  const upkeep::Repairing& repairing() const { return repairing_; }
  const upkeep::Scrubbing& scrubbing() const { return scrubbing_; }

 private:
  runtime::Task<void> keep_watching_own();

  runtime::Offload offload_;
  OwnPlans& plans_;
  upkeep::Tempo tempo_;
  upkeep::Watch watch_;
  upkeep::Prover prover_;
  upkeep::Auditing auditing_;
  upkeep::Repairing repairing_;
  upkeep::Scrubbing scrubbing_;
  upkeep::HandingOver handing_over_;
  std::set<base::ContentHash> watched_;
  runtime::Tasks tasks_;  // dropped first
};

}  // namespace tesseras::node
