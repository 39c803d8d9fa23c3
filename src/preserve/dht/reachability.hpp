// Where others can reach this node, by their word: an endpoint is ours once nodes of two networks
// have dialled it and found our key there. Until then we are a client. Pure; for one thread.
//
// As long as only one network has ever answered us in a family, its word suffices there: somebody
// must begin. A peer of both families is one network in each.
#pragma once

#include <array>
#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "foundation/base/time.hpp"
#include "preserve/dht/address_policy.hpp"

namespace tesseras::dht {

class Reachability {
 public:
  // A node at `teller` saw us at `seen_at`. Whether to have it dial us there: it has not lately,
  // and nobody more is needed.
  bool on_seen_at(base::Instant now, const Endpoint& teller, const Endpoint& seen_at);
  // It says that it reached us there.
  void on_reached(base::Instant now, const Endpoint& teller, const Endpoint& at);

  // At most one of each family: the one that most networks confirmed, of those confirmed enough
  // within the last hours.
  std::vector<Endpoint> endpoints(base::Instant now) const;

 private:
  struct Claim {
    std::map<Network, base::Instant> confirmed;
    bool was_enough = false;
  };

  std::size_t needed(bool is_v4) const;
  static bool may_know(const Endpoint& teller, const Endpoint& at);
  void drop_old(base::Instant now);

  std::map<Endpoint, Claim> claims_;
  // That answered us, as many as matter, of IPv6 and of IPv4.
  std::array<std::set<Network>, 2> networks_;
};

}  // namespace tesseras::dht
