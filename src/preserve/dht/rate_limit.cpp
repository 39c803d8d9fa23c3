#include "preserve/dht/rate_limit.hpp"

#include <algorithm>
#include <utility>

#include "foundation/base/assert.hpp"

namespace tesseras::dht {

RateLimit::RateLimit(const RateLimitOptions& options) : options_(options) {
  ASSERT(options.peer.burst > 0 && options.network.burst > 0 && options.remembered_max > 0);
}

void RateLimit::set_own_addresses(std::vector<IpAddress> addresses) {
  own_addresses_ = std::move(addresses);
}

bool RateLimit::has_tokens(base::Instant now, FullAt full_at, const Rate& rate,
                           std::uint32_t cost) {
  ASSERT(cost <= rate.burst);
  return std::max(full_at, now) + cost * rate.every <= now + rate.burst * rate.every;
}

void RateLimit::spend(base::Instant now, FullAt& full_at, const Rate& rate, std::uint32_t cost) {
  full_at = std::max(full_at, now) + cost * rate.every;
}

template <class Id>
RateLimit::FullAt& RateLimit::bucket_of(base::Instant now, Buckets<Id>& buckets, const Id& id,
                                        FullAt& overflow) {
  auto& known = buckets.full_at;
  const auto at = known.find(id);
  if (at != known.end()) return at->second;
  if (known.size() >= std::min(buckets.tidy_at, options_.remembered_max)) {
    // A bucket that is full is as good as none. A crowd that stays is not gone through each time.
    std::erase_if(known, [&](const auto& one) { return one.second <= now; });
    buckets.tidy_at = std::max<std::size_t>(64, 2 * known.size());
    if (known.size() >= options_.remembered_max) return overflow;
  }
  return known[id];
}

bool RateLimit::admit(base::Instant now, const NodeId& peer, const Endpoint& from,
                      std::uint32_t cost) {
  FullAt& of_peer = bucket_of(now, peers_, peer, overflow_peers_);
  if (!has_tokens(now, of_peer, options_.peer, cost)) return false;
  const Network network = network_of(from);
  if (!is_exempt(network, own_addresses_)) {
    FullAt& of_network = bucket_of(now, networks_, network, overflow_networks_);
    if (!has_tokens(now, of_network, options_.network, cost)) return false;
    spend(now, of_network, options_.network, cost);
  }
  spend(now, of_peer, options_.peer, cost);
  return true;
}

}  // namespace tesseras::dht
