#include "preserve/replica/recipients.hpp"

#include <algorithm>
#include <set>

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

std::vector<Recipient> recipients_of(const dht::Found& found, const Roster& roster,
                                     std::span<const runtime::Endpoint> own, const Ledger& ledger,
                                     const Counted& counted) {
  std::set<dht::NodePublicKey> have_all;
  for (const auto& record : found.holders)
    if (!record.share) have_all.insert(record.node_key);
  std::vector<Recipient> all;
  all.reserve(found.nearest.size() + roster.holders.size());
  const auto add = [&](const dht::NodeInfo& node) {
    if (have_all.contains(node.key)) return;
    const auto at = roster.holders.find(node.key);
    const auto kept =
        counted(node.key, at == roster.holders.end() ? Fragments() : at->second.fragments);
    if (kept) all.push_back(recipient_of(node, own, ledger.account(node.key), *kept));
  };
  std::set<dht::NodePublicKey> nearest;
  for (const auto& node : found.nearest) {
    if (!node.capabilities.has(dht::Capability::replicate)) continue;
    nearest.insert(node.key);
    add(node);
  }
  for (const auto& [key, holder] : roster.holders)
    if (!nearest.contains(key)) add(holder.node);
  return all;
}

}  // namespace tesseras::replica
