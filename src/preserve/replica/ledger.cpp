#include "preserve/replica/ledger.hpp"

#include "foundation/base/assert.hpp"
#include "preserve/replica/limits.hpp"

namespace tesseras::replica {
namespace {

using dht::NodePublicKey;
using runtime::IpAddress;

void add_to(Tally& tally, const Tally& more) {
  tally.bytes += more.bytes;
  tally.fragments += more.fragments;
}

}  // namespace

Account Ledger::Entry::account() const {
  Account account{0, kept_for_us};
  for (const auto& [block, share] : by_block) account.kept_for_it += share.charged.bytes;
  return account;
}

void Ledger::drop_if_empty(std::map<NodePublicKey, Entry>::iterator at) {
  if (at->second.by_block.empty() && at->second.kept_for_us == 0) entries_.erase(at);
}

void Ledger::add(const Charge& charge, std::uint64_t bytes) {
  const std::uint64_t counted = Limits::charged_bytes(bytes);
  Share& share = entries_[charge.peer].by_block[charge.address.block()];
  add_to(charge.is_repair ? share.repaired : share.charged, {counted, 1});
  if (charge.is_repair) repaired_bytes_ += counted;
}

void Ledger::remove(const Charge& charge, std::uint64_t bytes) {
  const std::uint64_t counted = Limits::charged_bytes(bytes);
  const auto at = entries_.find(charge.peer);
  ASSERT(at != entries_.end());
  auto& blocks = at->second.by_block;
  const auto block = blocks.find(charge.address.block());
  ASSERT(block != blocks.end());
  Tally& tally = charge.is_repair ? block->second.repaired : block->second.charged;
  ASSERT(tally.fragments > 0 && tally.bytes >= counted);
  tally.bytes -= counted;
  --tally.fragments;
  if (charge.is_repair) repaired_bytes_ -= counted;
  if (block->second.charged == Tally{} && block->second.repaired == Tally{}) blocks.erase(block);
  drop_if_empty(at);
}

void Ledger::add_kept(const NodePublicKey& peer, const IpAddress& from, std::uint64_t bytes) {
  add({peer, from, false, 0}, bytes);
}

void Ledger::remove_kept(const NodePublicKey& peer, const IpAddress& from, std::uint64_t bytes) {
  remove({peer, from, false, 0}, bytes);
}

void Ledger::remove_dropped(const std::optional<Charge>& charge, std::uint64_t bytes) {
  if (charge && charge->peer != NodePublicKey{}) remove(*charge, bytes);
}

void Ledger::add_owed(const NodePublicKey& peer, std::uint64_t bytes) {
  entries_[peer].kept_for_us += Limits::charged_bytes(bytes);
}

void Ledger::remove_owed(const NodePublicKey& peer, std::uint64_t bytes) {
  const auto at = entries_.find(peer);
  ASSERT(at != entries_.end() && at->second.kept_for_us >= Limits::charged_bytes(bytes));
  at->second.kept_for_us -= Limits::charged_bytes(bytes);
  drop_if_empty(at);
}

Account Ledger::account(const NodePublicKey& peer) const {
  const auto at = entries_.find(peer);
  return at == entries_.end() ? Account{} : at->second.account();
}

std::map<NodePublicKey, Account> Ledger::accounts() const {
  std::map<NodePublicKey, Account> all;
  for (const auto& [peer, entry] : entries_)
    if (const Account account = entry.account(); account != Account{}) all.emplace(peer, account);
  return all;
}

Tally Ledger::kept_for_newcomers() const {
  Tally sum;
  for (const auto& [peer, entry] : entries_) {
    if (entry.kept_for_us > 0) continue;
    for (const auto& [block, share] : entry.by_block) add_to(sum, share.charged);
  }
  return sum;
}

Tally Ledger::kept_for_newcomers_of(const IpAddress& address) const {
  Tally sum;
  for (const auto& [peer, entry] : entries_) {
    const auto block = entry.by_block.find(address.block());
    if (entry.kept_for_us > 0 || block == entry.by_block.end()) continue;
    add_to(sum, block->second.charged);
    add_to(sum, block->second.repaired);
  }
  return sum;
}

}  // namespace tesseras::replica
