#include "preserve/upkeep/repair_turn.hpp"

#include <algorithm>

#include "foundation/runtime/prng.hpp"

namespace tesseras::upkeep {

std::optional<Need> follow(const std::optional<Need>& before, const Assessment& assessment,
                           base::Instant now, bool others_work) {
  if (!assessment.needs_replication) return std::nullopt;
  if (!before || assessment.counted > before->counted) return Need{now, assessment.counted, now};
  const bool waits = others_work && now - before->progress < others_wait_max;
  return Need{waits ? now : before->since, assessment.counted, before->progress};
}

Turn turn_of(const dht::NodeId& self, const dht::Key& key, std::span<const Holder> holders,
             bool is_urgent, std::uint64_t seed) {
  const auto ours = dht::distance(self, key);
  const auto before_us = std::ranges::count_if(holders, [&](const Holder& one) {
    return one.live.any() && dht::distance(one.id, key) < ours;
  });
  const std::chrono::nanoseconds step = is_urgent ? urgent_turn_step : turn_step;
  const auto jitter = runtime::Prng(seed).below(static_cast<std::uint64_t>(step.count()) / 2);
  return {static_cast<unsigned>(before_us), before_us * step + std::chrono::nanoseconds(jitter)};
}

base::Instant begins_at(const Need& need, const Turn& turn) { return need.since + turn.after; }

}  // namespace tesseras::upkeep
