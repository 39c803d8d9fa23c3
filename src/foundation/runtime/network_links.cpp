#include "foundation/runtime/network_links.hpp"

#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>
#include <map>
#include <memory>
#include <optional>

#include "foundation/runtime/socket_address.hpp"

namespace tesseras::runtime {
namespace {

std::optional<IpAddress> address_of(const sockaddr* address) {
  if (address == nullptr) return std::nullopt;
  sockaddr_storage storage{};
  if (address->sa_family == AF_INET) {
    std::memcpy(&storage, address, sizeof(sockaddr_in));
  } else if (address->sa_family == AF_INET6) {
    std::memcpy(&storage, address, sizeof(sockaddr_in6));
  } else {
    return std::nullopt;
  }
  return from_system(storage).address;
}

unsigned prefix_bits_of(const sockaddr* mask, bool is_v4) {
  const auto address = address_of(mask);
  if (!address) return 128;
  unsigned bits = 0;
  // Only the last four bytes of a mask of IPv4's are the mask.
  for (std::size_t i = is_v4 ? 12 : 0; i < address->bytes.size(); ++i)
    bits += static_cast<unsigned>(std::popcount(std::to_integer<unsigned>(address->bytes[i])));
  return bits + (is_v4 ? 96 : 0);
}

}  // namespace

bool LinkAddress::is_on_link(const IpAddress& other) const {
  for (unsigned bit = 0; bit < prefix_bits; bit += 8) {
    const auto kept = static_cast<std::byte>(0xFF00U >> std::min(prefix_bits - bit, 8U));
    const auto i = bit / 8;
    if (((address.bytes[i] ^ other.bytes[i]) & kept) != std::byte{0}) return false;
  }
  return true;
}

base::Result<std::vector<NetworkLink>> network_links() {
  ifaddrs* first = nullptr;
  if (::getifaddrs(&first) != 0)
    return base::fail(socket_error(errno, "list", "this machine's networks"));
  const std::unique_ptr<ifaddrs, void (*)(ifaddrs*)> owned(first, ::freeifaddrs);
  std::map<unsigned, NetworkLink> links;
  for (const ifaddrs* one = first; one != nullptr; one = one->ifa_next) {
    const bool is_loopback = (one->ifa_flags & IFF_LOOPBACK) != 0;
    if ((one->ifa_flags & IFF_UP) == 0 || (one->ifa_flags & IFF_POINTOPOINT) != 0) continue;
    if (!is_loopback && (one->ifa_flags & IFF_MULTICAST) == 0) continue;
    const auto address = address_of(one->ifa_addr);
    const unsigned index = ::if_nametoindex(one->ifa_name);
    if (!address || index == 0) continue;  // the second: it has just gone
    NetworkLink& link = links[index];
    link.index = index;
    link.name = one->ifa_name;
    link.is_loopback = is_loopback;
    link.addresses.push_back({*address, prefix_bits_of(one->ifa_netmask, address->is_v4())});
  }
  std::vector<NetworkLink> all;
  for (auto& [index, link] : links) {
    std::ranges::sort(link.addresses, {}, &LinkAddress::address);
    all.push_back(std::move(link));
  }
  return all;
}

}  // namespace tesseras::runtime
