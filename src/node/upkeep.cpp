#include "node/upkeep.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "foundation/runtime/waiter.hpp"

namespace tesseras::node {
namespace {

using runtime::Task;

// Between two looks at what this node's user has published since; and between two plans, each of
// which is read and checked.
constexpr std::chrono::seconds look_every{5};
constexpr std::chrono::milliseconds plan_pause{20};

// Where others look more often than once a day, as this node does, they ask for more proofs.
upkeep::ProverOptions prover_options(const upkeep::Tempo& tempo) {
  upkeep::ProverOptions options;
  for (auto* rate : {&options.rate.peer, &options.rate.network})
    rate->every = std::min(rate->every, tempo.real(rate->every));
  return options;
}

// Of what others may take, beside it: what repairs were made of (upkeep::pack_time).
constexpr std::uint64_t packs_part = 8;

upkeep::RepairingOptions repairing_options(const Config& config, Spreading& spreading,
                                           std::function<void(const base::ContentHash&)> mended,
                                           Upkeep::OnAsked on_asked) {
  upkeep::RepairingOptions options;
  options.look_every = config.replication.repair_interval;
  options.look_jitter = config.replication.repair_jitter;
  options.transfers_max = config.replication.concurrent_transfers;
  options.packs_bytes_max = config.storage.max_bytes / packs_part;
  options.min_free_bytes = config.storage.min_free_space_bytes;
  options.on_own_need = [&spreading](const base::ContentHash& hash) {
    if (!spreading.is_busy(hash)) spreading.begin(hash);
  };
  options.on_mended = std::move(mended);
  options.on_asked = std::move(on_asked);
  return options;
}

upkeep::HandingOverOptions handing_over_options(const Config& config,
                                                std::function<void(const base::ContentHash&)> given,
                                                Upkeep::OnAsked on_asked) {
  upkeep::HandingOverOptions options;
  options.transfers_max = config.replication.concurrent_transfers;
  options.on_given = std::move(given);
  options.on_taken_back = [on_asked = std::move(on_asked)](const base::ContentHash& hash,
                                                           const dht::NodeInfo& node) {
    on_asked(hash, {node});
  };
  return options;
}

}  // namespace

upkeep::Tempo tempo_of(const Config& config, runtime::Loop& loop) {
  return {config.replication.repair_interval, loop.now()};
}

Upkeep::Upkeep(runtime::Offload offload, runtime::Disk& disk, runtime::path folder,
               const Parts& parts, const Config& config,
               std::function<void(const base::ContentHash&)> on_changed, OnAsked on_asked,
               IsTakenBack is_taken_back, runtime::Log log)
    : offload_(offload),
      plans_(parts.plans),
      tempo_(tempo_of(config, offload.loop())),
      watch_(parts.rosters, parts.audit_notes, parts.dht.engine().self().key, log),
      prover_(offload, parts.holding.store(), prover_options(tempo_)),
      auditing_(
          offload.loop(), parts.transport, watch_, tempo_,
          [&dht = parts.dht] { return dht.is_bootstrapped(); }, std::move(is_taken_back), log),
      repairing_(offload, disk, std::move(folder), parts.transport, parts.dht,
                 parts.holding.store(), parts.holding.ledger(), watch_, tempo_,
                 repairing_options(config, parts.spreading, on_changed, on_asked), log),
      scrubbing_(offload, parts.holding.store(), config.storage.scrub_bytes_per_second, log),
      handing_over_(offload, parts.transport, parts.dht, parts.holding.store(),
                    parts.holding.ledger(), watch_, tempo_,
                    handing_over_options(config, std::move(on_changed), std::move(on_asked)), log),
      tasks_(offload.loop()) {
  tasks_.spawn(keep_watching_own());
}

std::optional<Upkeep::Kept> Upkeep::kept(const base::ContentHash& content_hash) const {
  std::optional<Kept> most;
  for (const auto& [id, plan] : watch_.plans()) {
    if (plan.content_hash != content_hash) continue;
    const auto here = repairing_.kept_here(id);
    const auto safety = upkeep::safety_of(plan.shape, here, watch_.holders_of(id));
    if (!most || most->safety.kept.count() < safety.kept.count())
      most = Kept{id, plan.shape, safety, here, repairing_.is_in_need(id)};
  }
  return most;
}

void Upkeep::add_to(transport::Router& router) {
  router.add(upkeep::Prover::is_method, [this](auto session, auto stream, auto request) {
    return prover_.serve(std::move(session), std::move(stream), std::move(request));
  });
}

Task<void> Upkeep::keep_watching_own() {
  auto& loop = offload_.loop();
  for (;;) {
    std::vector<base::ContentHash> fresh;
    std::ranges::set_difference(plans_.all(), watched_, std::back_inserter(fresh));
    for (const auto& hash : fresh) {
      watched_.insert(hash);
      if (const auto plan = plans_.plan(hash)) watch_.add(plan->id(), plan->plan(), true);
      co_await runtime::sleep_until(loop, loop.now() + plan_pause);
    }
    if (!watch_.has_all() && repairing_.has_read_all_plans()) watch_.all_are_added();
    co_await runtime::sleep_until(loop, loop.now() + look_every);
  }
}

}  // namespace tesseras::node
