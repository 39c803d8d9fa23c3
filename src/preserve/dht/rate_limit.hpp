// How often we are asked: a token bucket for each peer and for each network, in bounded memory.
// Pure; for one thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "foundation/base/time.hpp"
#include "preserve/dht/address_policy.hpp"
#include "preserve/dht/limits.hpp"
#include "preserve/dht/node_id.hpp"

namespace tesseras::dht {

// So many at once, and then one each time that this has passed.
struct Rate {
  std::uint32_t burst = 1;
  std::chrono::nanoseconds every{0};
};

struct RateLimitOptions {
  // A lookup asks a node once or twice; a holder renews what it keeps in bursts.
  Rate peer{100, std::chrono::milliseconds(100)};
  // A network may have more peers, but not so many that they could keep us busy.
  Rate network{400, std::chrono::milliseconds(25)};
  std::size_t remembered_max = 4096;  // peers, and as many networks
};

class RateLimit {
 public:
  explicit RateLimit(const RateLimitOptions& options = {});

  // Private networks of these have no limit but their peers'.
  void set_own_addresses(std::vector<IpAddress> addresses);

  // Whether the peer, which speaks to us from `from`, may ask something that costs so many tokens
  // (at most a burst); then they are spent. What is refused costs nothing.
  bool admit(base::Instant now, const NodeId& peer, const Endpoint& from, std::uint32_t cost = 1);

  // How many buckets are remembered; a full bucket need not be.
  std::size_t remembered() const { return peers_.full_at.size() + networks_.full_at.size(); }

 private:
  // When the bucket is full again. This is all there is to a bucket: the generic cell rate
  // algorithm (ITU-T I.371, annex A), which is a token bucket by another name.
  using FullAt = base::Instant;
  template <class Id>
  struct Buckets {
    std::map<Id, FullAt> full_at;
    std::size_t tidy_at = 64;  // with so many, those that are full are forgotten
  };

  static bool has_tokens(base::Instant now, FullAt full_at, const Rate& rate, std::uint32_t cost);
  static void spend(base::Instant now, FullAt& full_at, const Rate& rate, std::uint32_t cost);
  template <class Id>
  FullAt& bucket_of(base::Instant now, Buckets<Id>& buckets, const Id& id, FullAt& overflow);

  RateLimitOptions options_;
  std::vector<IpAddress> own_addresses_;
  Buckets<NodeId> peers_;
  Buckets<Network> networks_;
  // Whoever comes when all are remembered that can be shares one bucket with all such others:
  // coming in large numbers gets nobody more.
  FullAt overflow_peers_;
  FullAt overflow_networks_;
};

}  // namespace tesseras::dht
