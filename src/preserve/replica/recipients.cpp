#include "preserve/replica/recipients.hpp"

#include <algorithm>
#include <vector>

#include "preserve/dht/address_policy.hpp"

namespace tesseras::replica {

Standing standing_of(const Account& account) {
  if (account.kept_for_us > account.kept_for_it) return Standing::in_credit;
  return account.deficit() > 0 ? Standing::in_debt : Standing::unknown;
}

Recipient recipient_of(const dht::NodeInfo& node, std::span<const runtime::Endpoint> own,
                       const Account& account, const Fragments& kept) {
  std::vector<runtime::IpAddress> own_addresses;
  own_addresses.reserve(own.size());
  for (const auto& endpoint : own) own_addresses.push_back(endpoint.address);
  Recipient one;
  one.node = node;
  one.candidate.id = node.id;
  for (const auto& endpoint : node.endpoints) {
    const auto network = dht::network_of(endpoint);
    auto& networks = one.candidate.networks;
    if (!dht::is_exempt(network, own_addresses) && !std::ranges::contains(networks, network))
      networks.push_back(network);
  }
  one.candidate.standing = standing_of(account);
  one.candidate.free_bytes = std::uint64_t{1} << 62U;
  one.candidate.kept = kept;
  return one;
}

}  // namespace tesseras::replica
