// Who is at the other end, as its session shows. Keys cost nothing to make, so what one peer may
// take up is bounded for its network, too (dht/address_policy.hpp).
#pragma once

#include <optional>
#include <span>

#include "foundation/base/bytes.hpp"
#include "foundation/transport/transport.hpp"
#include "preserve/dht/address_policy.hpp"
#include "preserve/dht/node_id.hpp"

namespace tesseras::replica {

struct Caller {
  dht::NodePublicKey key;
  runtime::Endpoint from;
};

// Who is at the other end of a session.
inline Caller caller_of(const transport::Session& session) {
  return {dht::NodePublicKey{session.peer().bytes}, session.remote()};
}

// A name for a peer's bucket in a dht::RateLimit: as many bytes of its key tell peers apart as
// well. Which node id the key has, nobody has shown here.
inline dht::NodeId rate_name(const dht::NodePublicKey& key) {
  return *dht::NodeId::from_bytes(base::ByteSpan(key.bytes).first(dht::NodeId::size_bytes));
}

// nullopt: an exempt one, of which our own addresses are.
inline std::optional<dht::Network> limited_network(const runtime::Endpoint& from,
                                                   std::span<const runtime::IpAddress> own) {
  const dht::Network network = dht::network_of(from);
  return dht::is_exempt(network, own) ? std::nullopt : std::optional(network);
}

}  // namespace tesseras::replica
