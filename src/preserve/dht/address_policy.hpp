// Addresses as somebody else tells them: which are believed, and which count as one network.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "foundation/base/bytes.hpp"
#include "foundation/base/result.hpp"
#include "foundation/runtime/endpoint.hpp"

namespace tesseras::dht {

using runtime::Endpoint;
using runtime::IpAddress;

// Addresses that one party is likely to hold together: a /24 of IPv4, a /48 of IPv6. Each loopback
// address and port is a network of its own, so that many nodes can live on one machine.
struct Network {
  IpAddress block;
  std::uint16_t port = 0;  // of loopback only

  auto operator<=>(const Network&) const = default;
};

Network network_of(const Endpoint& endpoint);

// A private or link-local network that one of our own addresses lies in: a home or an archive,
// where all nodes are neighbours. It is exempt from the limits on one network. Elsewhere a private
// address is just another claim, and counts.
bool is_exempt(const Network& network, std::span<const IpAddress> own);

// invalid: nobody can be reached there (port 0; an unspecified, multicast or broadcast address).
base::Result<void> check_endpoint(const Endpoint& endpoint);

// Whether a peer at `teller` may name `endpoint`, its own or another's: loopback only from
// loopback, link-local and private only from a private, link-local or loopback address. Otherwise a
// stranger could send us, and those who ask us, into our own network.
bool may_tell(const IpAddress& teller, const IpAddress& named);

// 4 or 16 bytes of address, most significant first, and 2 of port, big-endian.
base::Bytes encode(const Endpoint& endpoint);
// corrupt: another length, or IPv4 in IPv6's clothes. invalid: as check_endpoint().
base::Result<Endpoint> decode_endpoint(base::ByteSpan bytes);

}  // namespace tesseras::dht
