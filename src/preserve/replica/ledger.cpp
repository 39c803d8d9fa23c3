#include "preserve/replica/ledger.hpp"

#include "foundation/base/assert.hpp"

namespace tesseras::replica {

using dht::NodePublicKey;
using runtime::IpAddress;

std::uint64_t Ledger::Entry::kept_for_it() const {
  std::uint64_t sum = 0;
  for (const auto& [block, bytes] : kept_by_block) sum += bytes;
  return sum;
}

void Ledger::drop_if_empty(std::map<NodePublicKey, Entry>::iterator at) {
  if (at->second.kept_by_block.empty() && at->second.kept_for_us == 0) entries_.erase(at);
}

void Ledger::add_kept(const NodePublicKey& peer, const IpAddress& from, std::uint64_t bytes) {
  if (bytes > 0) entries_[peer].kept_by_block[from.block()] += bytes;
}

void Ledger::remove_kept(const NodePublicKey& peer, const IpAddress& from, std::uint64_t bytes) {
  if (bytes == 0) return;
  const auto at = entries_.find(peer);
  ASSERT(at != entries_.end());
  auto& blocks = at->second.kept_by_block;
  const auto block = blocks.find(from.block());
  ASSERT(block != blocks.end() && block->second >= bytes);
  block->second -= bytes;
  if (block->second == 0) blocks.erase(block);
  drop_if_empty(at);
}

void Ledger::add_owed(const NodePublicKey& peer, std::uint64_t bytes) {
  if (bytes > 0) entries_[peer].kept_for_us += bytes;
}

void Ledger::remove_owed(const NodePublicKey& peer, std::uint64_t bytes) {
  if (bytes == 0) return;
  const auto at = entries_.find(peer);
  ASSERT(at != entries_.end() && at->second.kept_for_us >= bytes);
  at->second.kept_for_us -= bytes;
  drop_if_empty(at);
}

Account Ledger::account(const NodePublicKey& peer) const {
  const auto at = entries_.find(peer);
  if (at == entries_.end()) return {};
  return {at->second.kept_for_it(), at->second.kept_for_us};
}

std::map<NodePublicKey, Account> Ledger::accounts() const {
  std::map<NodePublicKey, Account> all;
  for (const auto& [peer, entry] : entries_)
    all.emplace(peer, Account{entry.kept_for_it(), entry.kept_for_us});
  return all;
}

std::uint64_t Ledger::kept_for_newcomers() const {
  std::uint64_t sum = 0;
  for (const auto& [peer, entry] : entries_)
    if (entry.kept_for_us == 0) sum += entry.kept_for_it();
  return sum;
}

std::uint64_t Ledger::kept_for_newcomers_of(const IpAddress& address) const {
  std::uint64_t sum = 0;
  for (const auto& [peer, entry] : entries_) {
    const auto block = entry.kept_by_block.find(address.block());
    if (entry.kept_for_us == 0 && block != entry.kept_by_block.end()) sum += block->second;
  }
  return sum;
}

}  // namespace tesseras::replica
