#include "sim/scenarios/whole_node.hpp"

#include <utility>

#include "foundation/base/assert.hpp"
#include "node/own_packs.hpp"

namespace tesseras::scenarios {
namespace {

constexpr std::chrono::seconds publishing_time_max{60};

runtime::Log silent() { return {runtime::no_log(), "sim"}; }

node::OpenVault none_where_null(node::OpenVault open_vault) {
  if (open_vault) return open_vault;
  return []() -> base::Result<std::unique_ptr<vault::Vault>> {
    return base::fail(base::Code::not_found, "this node has no vault");
  };
}

node::SpreadingOptions spreading_options(const node::Config& config) {
  node::SpreadingOptions options;
  options.transfers_max = config.replication.concurrent_transfers;
  options.look_every = config.replication.repair_interval;
  options.look_jitter = config.replication.repair_jitter;
  return options;
}

runtime::Task<void> publish_pointer(dht::Service& dht, dht::Key key, base::Instant deadline) {
  (void)co_await dht.publish(key, std::nullopt, deadline);
}

}  // namespace

void Deeds::add(const node::Holding& holding, const node::Upkeep& upkeep) {
  const auto& repairing = upkeep.repairing().counts();
  const auto& auditing = upkeep.auditing().counts();
  fragments_given += holding.counts().given.fragments_given;
  fragments_made += repairing.fragments_made;
  fragments_mended += repairing.fragments_mended;
  repairs += repairing.repairs;
  repairs_failed += repairing.repairs_failed;
  audits += auditing.asked;
  lies_found += auditing.lied;
}

WholeNode::WholeNode(const Ground& ground, const node::Config& config, node::OpenVault open_vault,
                     Deeds& deeds)
    : ground_(ground),
      deeds_(deeds),
      publications_(node::Publications::open(ground.node.disk(), "/published").value()),
      plans_(node::OwnPlans::open(ground.node.disk(), "/plans").value()),
      rosters_(replica::Rosters::open(ground.node.disk(), "/rosters", silent()).value()),
      audit_notes_(upkeep::AuditNotes::open(ground.node.disk(), "/audits",
                                            node::tempo_of(config, ground.node),
                                            ground.node.wall_now(), silent())
                       .value()),
      refusals_(replica::Refusals::open(ground.node.disk(), "/refused").value()),
      tasks_(ground.node) {
  const runtime::Offload offload(ground.node);
  open_vault = none_where_null(std::move(open_vault));
  auto& disk = ground.node.disk();
  node::Holding::Hooks hooks{
      .refusal = {},
      .is_lost = [this](const auto& by, const auto& name) { return upkeep_->is_lost(by, name); },
      .on_kept = [this](const auto& hash) { announcing_->changed(hash); },
      .on_giving = [this](const auto& to, const auto& plan) { upkeep_->on_giving(to, plan); },
      .own = node::own_tesserae(publications_, plans_, refusals_, open_vault)};
  holding_ =
      node::Holding::open(offload, disk, "/fragments", config, std::move(hooks), silent()).value();
  spreading_ = std::make_unique<node::Spreading>(offload, disk, "/spool", ground.transport,
                                                 ground.dht, plans_, rosters_, holding_->ledger(),
                                                 open_vault, spreading_options(config), silent());
  announcing_ = std::make_unique<node::Announcing>(ground.node, ground.dht, *holding_,
                                                   publications_, refusals_);
  node::Upkeep::Parts parts{ground.transport, ground.dht,  plans_,   rosters_,
                            audit_notes_,     *spreading_, *holding_};
  upkeep_ = std::make_unique<node::Upkeep>(
      offload, disk, "/repair", parts, config,
      [this](const auto& hash) { announcing_->changed(hash); }, nullptr, nullptr, silent());
  holding_->add_to(ground.router);
  upkeep_->add_to(ground.router);
  for (const auto& hash : publications_.all()) ground.dht.publish_in_turn(dht::key_of(hash), {});
}

WholeNode::~WholeNode() { tell(deeds_); }

void WholeNode::publish(const replica::SignedPlan& plan) {
  const auto& hash = plan.plan().content_hash;
  ASSERT(publications_.add(hash).has_value());
  ASSERT(plans_.set(plan).has_value());
  tasks_.spawn(
      publish_pointer(ground_.dht, dht::key_of(hash), ground_.node.now() + publishing_time_max));
  spreading_->begin(hash);
}

}  // namespace tesseras::scenarios
