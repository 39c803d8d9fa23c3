#include "preserve/dht/reachability.hpp"

#include <algorithm>

#include "preserve/dht/limits.hpp"

namespace tesseras::dht {
namespace {

constexpr std::size_t enough = 2;
// Renewed after half of it, by whomever we then speak to.
constexpr std::chrono::hours good_for{2};

}  // namespace

std::size_t Reachability::needed(bool is_v4) const {
  return std::clamp(networks_[is_v4 ? 1 : 0].size(), std::size_t{1}, enough);
}

// Who speaks to us over one family knows nothing of the other: its word would cost it no address of
// that family, and could send everybody to a stranger's.
bool Reachability::may_know(const Endpoint& teller, const Endpoint& at) {
  return teller.address.is_v4() == at.address.is_v4() && may_tell(teller.address, at.address);
}

void Reachability::drop_old(base::Instant now) {
  for (auto& [at, claim] : claims_)
    std::erase_if(claim.confirmed, [&](const auto& one) { return now - one.second >= good_for; });
  std::erase_if(claims_, [](const auto& one) { return one.second.confirmed.empty(); });
}

bool Reachability::on_seen_at(base::Instant now, const Endpoint& teller, const Endpoint& seen_at) {
  if (!check_endpoint(seen_at) || !may_know(teller, seen_at)) return false;
  const Network network = network_of(teller);
  auto& networks = networks_[teller.address.is_v4() ? 1 : 0];
  if (networks.size() < enough) networks.insert(network);
  drop_old(now);
  const auto claim = claims_.find(seen_at);
  if (claim == claims_.end()) return true;
  const auto& confirmed = claim->second.confirmed;
  const auto fresh = std::ranges::count_if(
      confirmed, [&](const auto& one) { return now - one.second < good_for / 2; });
  const auto by_it = confirmed.find(network);
  const bool is_known = by_it != confirmed.end() && now - by_it->second < good_for / 2;
  return !is_known && static_cast<std::size_t>(fresh) < enough;
}

void Reachability::on_reached(base::Instant now, const Endpoint& teller, const Endpoint& at) {
  if (!may_know(teller, at)) return;
  drop_old(now);
  // Who tells of ever other places gets no memory for them.
  if (!claims_.contains(at) && claims_.size() >= Limits::endpoints_max) return;
  Claim& claim = claims_[at];
  if (claim.confirmed.size() < Limits::endpoints_max ||
      claim.confirmed.contains(network_of(teller)))
    claim.confirmed[network_of(teller)] = now;
  if (claim.confirmed.size() >= needed(at.address.is_v4())) claim.was_enough = true;
}

std::vector<Endpoint> Reachability::endpoints(base::Instant now) const {
  std::vector<Endpoint> best;
  for (const bool is_v4 : {true, false}) {
    std::optional<Endpoint> chosen;
    std::ptrdiff_t most = 0;
    for (const auto& [at, claim] : claims_) {
      if (at.address.is_v4() != is_v4 || !claim.was_enough) continue;
      const auto count = std::ranges::count_if(
          claim.confirmed, [&](const auto& one) { return now - one.second < good_for; });
      if (count <= most) continue;
      most = count;
      chosen = at;
    }
    if (chosen) best.push_back(*chosen);
  }
  return best;
}

}  // namespace tesseras::dht
