#include "preserve/dht/address_policy.hpp"

#include <algorithm>

namespace tesseras::dht {
namespace {

using base::Code;
using base::fail;
using base::Result;

constexpr std::size_t v4_bytes = 4;
constexpr std::size_t v6_bytes = 16;
constexpr std::size_t port_bytes = 2;

// How far an address means the same to all who hear it.
enum class Reach { machine, site, world };

Reach reach_of(const IpAddress& address) {
  if (address.is_loopback()) return Reach::machine;
  return address.is_private() || address.is_link_local() ? Reach::site : Reach::world;
}

}  // namespace

Network network_of(const Endpoint& endpoint) {
  if (endpoint.address.is_loopback()) return {endpoint.address, endpoint.port};
  return {endpoint.address.block(), 0};
}

bool is_exempt(const Network& network, std::span<const IpAddress> own) {
  if (!network.block.is_private() && !network.block.is_link_local()) return false;
  return std::ranges::any_of(
      own, [&](const IpAddress& address) { return address.block() == network.block; });
}

Result<void> check_endpoint(const Endpoint& endpoint) {
  const IpAddress& address = endpoint.address;
  if (endpoint.port == 0) return fail(Code::invalid, "{} has no port", endpoint.text());
  if (address.is_unspecified() || address.is_multicast() ||
      address == IpAddress::v4(255, 255, 255, 255)) {
    return fail(Code::invalid, "{} is no address of one machine", endpoint.text());
  }
  return {};
}

bool may_tell(const IpAddress& teller, const IpAddress& named) {
  return reach_of(teller) <= reach_of(named);
}

base::Bytes encode(const Endpoint& endpoint) {
  base::ByteSpan address = endpoint.address.bytes;
  if (endpoint.address.is_v4()) address = address.last(v4_bytes);
  base::Bytes bytes(address.begin(), address.end());
  bytes.push_back(static_cast<std::byte>(endpoint.port >> 8U));
  bytes.push_back(static_cast<std::byte>(endpoint.port & 0xffU));
  return bytes;
}

Result<Endpoint> decode_endpoint(base::ByteSpan bytes) {
  if (bytes.size() != v4_bytes + port_bytes && bytes.size() != v6_bytes + port_bytes)
    return fail(Code::corrupt, "an endpoint has {} bytes, not 6 or 18", bytes.size());
  const base::ByteSpan address = bytes.first(bytes.size() - port_bytes);
  const base::ByteSpan port = bytes.last(port_bytes);
  const Endpoint endpoint{*IpAddress::from_bytes(address),
                          static_cast<std::uint16_t>(std::to_integer<unsigned>(port[0]) << 8U |
                                                     std::to_integer<unsigned>(port[1]))};
  // One form for each address, or a network could count twice.
  if (address.size() == v6_bytes && endpoint.address.is_v4())
    return fail(Code::corrupt, "{} is written as an IPv6 address", endpoint.text());
  auto usable = check_endpoint(endpoint);
  if (!usable) return fail(std::move(usable).error());
  return endpoint;
}

}  // namespace tesseras::dht
