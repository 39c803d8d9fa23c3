// A node as the daemon puts it together, without its doors: what it keeps for others, what others
// keep for its user, and the upkeep of both, on a machine of the simulated world.
#pragma once

#include <cstdint>
#include <memory>

#include "node/announcing.hpp"
#include "node/holding.hpp"
#include "node/own_plans.hpp"
#include "node/publications.hpp"
#include "node/spreading.hpp"
#include "node/upkeep.hpp"
#include "preserve/replica/refusals.hpp"
#include "preserve/replica/rosters.hpp"
#include "sim/scenarios/dht_world.hpp"

namespace tesseras::scenarios {

// What nodes have done, also those that have gone or lost their power since.
struct Deeds {
  std::uint64_t fragments_given = 0;  // to whoever asked: repairs, where nobody fetches
  std::uint64_t fragments_made = 0;
  std::uint64_t fragments_mended = 0;
  std::uint64_t repairs = 0;
  std::uint64_t repairs_failed = 0;
  std::uint64_t audits = 0;
  std::uint64_t lies_found = 0;  // chunks

  void add(const node::Holding& holding, const node::Upkeep& upkeep);
};

class WholeNode final : public sim::Program {
 public:
  // All that is given outlives it. `open_vault`: of its user; null: there is none. What it has done
  // is added to `deeds` when it ends.
  WholeNode(const Ground& ground, const node::Config& config, node::OpenVault open_vault,
            Deeds& deeds);
  ~WholeNode() override;
  WholeNode(const WholeNode&) = delete;
  WholeNode& operator=(const WholeNode&) = delete;

  // As `tes publish` has it done: its vault has the tessera.
  void publish(const replica::SignedPlan& plan);
  const node::Spreading& spreading() const { return *spreading_; }
  // What it has done since it was started.
  void tell(Deeds& deeds) const { deeds.add(*holding_, *upkeep_); }

 private:
  Ground ground_;
  Deeds& deeds_;
  node::Publications publications_;
  node::OwnPlans plans_;
  replica::Rosters rosters_;
  upkeep::AuditNotes audit_notes_;
  replica::Refusals refusals_;
  std::unique_ptr<node::Holding> holding_;
  std::unique_ptr<node::Spreading> spreading_;
  std::unique_ptr<node::Announcing> announcing_;
  std::unique_ptr<node::Upkeep> upkeep_;
  runtime::Tasks tasks_;
};

}  // namespace tesseras::scenarios
