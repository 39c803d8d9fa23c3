#include "preserve/dht/pointer_group.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "foundation/crypto/blake3.hpp"

namespace tesseras::dht {
namespace {

using base::Code;
using base::fail;
using base::Result;

using Indexes = std::vector<std::size_t>;

// Those that are in some way too many, one of whom must yield; and why. Empty: all is well.
struct Excess {
  Indexes among;
  const char* what = "";
};

template <class Predicate>
Indexes indexes_where(const std::vector<PointerEntry>& entries, Predicate predicate) {
  Indexes indexes;
  for (std::size_t i = 0; i < entries.size(); ++i)
    if (predicate(entries[i])) indexes.push_back(i);
  return indexes;
}

Indexes crowd_of(const std::vector<PointerEntry>& entries, const Endpoint& from,
                 const SlotRules& rules) {
  const Network network = network_of(from);
  if (is_exempt(network, rules.own_addresses)) return {};
  auto crowd = indexes_where(
      entries, [&](const PointerEntry& one) { return network_of(one.from) == network; });
  if (crowd.size() <= Limits::network_entries_per_key) crowd.clear();
  return crowd;
}

// Entries that offer nothing but what more than enough others offer too.
Indexes surplus_of(const std::vector<PointerEntry>& entries, const PlanId& plan) {
  std::array<std::size_t, Limits::fragments_max> holders{};
  for (const PointerEntry& one : entries) {
    if (!one.share || one.share->plan != plan) continue;
    for (std::size_t i = 0; i < holders.size(); ++i)
      if (one.share->fragments[i]) ++holders[i];
  }
  return indexes_where(entries, [&](const PointerEntry& one) {
    if (!one.share || one.share->plan != plan) return false;
    for (std::size_t i = 0; i < holders.size(); ++i)
      if (one.share->fragments[i] && holders[i] <= Limits::fragment_entries_per_key) return false;
    return true;
  });
}

Excess excess_of(const std::vector<PointerEntry>& entries, const PointerEntry& newcomer,
                 const SlotRules& rules) {
  if (auto crowd = crowd_of(entries, newcomer.from, rules); !crowd.empty())
    return {std::move(crowd), "its network has its share"};
  if (newcomer.share) {
    if (auto surplus = surplus_of(entries, newcomer.share->plan); !surplus.empty())
      return {std::move(surplus), "enough others keep its fragments"};
  } else {
    auto whole = indexes_where(entries, [](const PointerEntry& one) { return !one.share; });
    if (whole.size() > Limits::whole_entries_per_key)
      return {std::move(whole), "enough others keep the whole"};
  }
  if (entries.size() > Limits::entries_per_key)
    return {indexes_where(entries, [](const PointerEntry&) { return true; }), "the key is full"};
  return {};
}

crypto::Blake3Hash rank_of(const PointerEntry& entry, const SlotRules& rules) {
  auto hasher = crypto::Blake3::keyed(rules.secret);
  hasher.update(entry.holder.bytes);
  return hasher.hash();
}

std::size_t who_yields(const std::vector<PointerEntry>& entries, const Indexes& among,
                       const SlotRules& rules) {
  return *std::ranges::max_element(
      among, {}, [&](std::size_t index) { return rank_of(entries[index], rules); });
}

}  // namespace

PointerEntry make_entry(const HolderRecord& record, base::ByteSpan bytes, const Endpoint& from,
                        std::int64_t now, std::int64_t ttl_seconds) {
  return {.record = base::Bytes(bytes.begin(), bytes.end()),
          .holder = record.node,
          .issue = record.issue,
          .share = record.share,
          .from = from,
          .received = now,
          .expires = now + ttl_seconds};
}

Result<Merged> merge(std::vector<PointerEntry>& entries, PointerEntry entry,
                     const SlotRules& rules) {
  const NodeId holder = entry.holder;
  std::vector<PointerEntry> merged = entries;
  Merged outcome = Merged::added;
  const auto before = std::ranges::find(merged, holder, &PointerEntry::holder);
  if (before == merged.end()) {
    merged.push_back(std::move(entry));
  } else if (before->issue == entry.issue && before->record == entry.record) {
    return Merged::unchanged;
  } else if (before->issue >= entry.issue) {
    return fail(Code::conflict, "the record's issue {} is not newer than {}", entry.issue,
                before->issue);
  } else {
    *before = std::move(entry);
    outcome = Merged::renewed;
  }
  for (;;) {
    const auto newcomer = std::ranges::find(merged, holder, &PointerEntry::holder);
    const Excess excess = excess_of(merged, *newcomer, rules);
    if (excess.among.empty()) break;
    const std::size_t victim = who_yields(merged, excess.among, rules);
    if (merged[victim].holder == holder)
      return fail(Code::exhausted, "there is no slot for the record: {}", excess.what);
    merged.erase(merged.begin() + static_cast<std::ptrdiff_t>(victim));
    outcome = Merged::displaced;
  }
  entries = std::move(merged);
  return outcome;
}

}  // namespace tesseras::dht
