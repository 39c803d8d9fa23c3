#include "preserve/upkeep/kept_packs.hpp"

#include <algorithm>
#include <utility>

namespace tesseras::upkeep {

void KeptPacks::keep(const base::PlanId& plan, Pack pack, std::uint64_t bytes, base::Instant now) {
  packs_.insert_or_assign(plan, Kept{std::move(pack), bytes, now + pack_time});
  while (this->bytes() > bytes_max_) {
    const auto oldest = std::ranges::min_element(
        packs_, {}, [](const auto& one) { return std::pair(one.second.until, one.first); });
    gone_.push_back({oldest->first, std::move(oldest->second.pack)});
    packs_.erase(oldest);
  }
}

void KeptPacks::opened(const base::PlanId& plan, Pack pack) {
  packs_.at(plan).pack = std::move(pack);
}

KeptPacks::Pack KeptPacks::find(const base::PlanId& plan) const {
  const auto at = packs_.find(plan);
  return at == packs_.end() ? nullptr : at->second.pack;
}

std::uint64_t KeptPacks::bytes() const {
  std::uint64_t sum = 0;
  for (const auto& [plan, kept] : packs_) sum += kept.bytes;
  return sum;
}

std::vector<KeptPacks::Gone> KeptPacks::take_gone(
    base::Instant now, const std::function<bool(const base::PlanId&)>& is_wanted) {
  for (auto at = packs_.begin(); at != packs_.end();) {
    if (at->second.until > now && is_wanted(at->first)) {
      ++at;
      continue;
    }
    gone_.push_back({at->first, std::move(at->second.pack)});
    at = packs_.erase(at);
  }
  return std::exchange(gone_, {});
}

}  // namespace tesseras::upkeep
