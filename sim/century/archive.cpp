#include "sim/century/archive.hpp"

#include <algorithm>
#include <array>

#include "preserve/replica/placement.hpp"

namespace tesseras::century {

using upkeep::Fragments;
using upkeep::Presence;

namespace {

constexpr std::uint64_t mib = std::uint64_t{1} << 20U;
constexpr std::uint64_t free_bytes = std::uint64_t{1} << 40U;  // of every node
// Whom a search for holders meets, beyond one for each fragment.
constexpr std::size_t further_candidates = 24;

}  // namespace

base::PlanId plan_of(std::uint32_t tessera) {
  base::PlanId id;
  for (std::size_t i = 0; i < 4; ++i)
    id.bytes.at(i) = static_cast<std::byte>(tessera >> (24U - 8U * i));
  return id;
}

Tessera make_tessera(std::uint32_t number,
                     const std::function<erasure::Shape(std::uint32_t)>& shape_of,
                     runtime::Prng& dice) {
  constexpr std::array<std::uint64_t, 3> pack_bytes = {mib, 64 * mib, 300 * mib};
  const std::size_t kind = number % 10 < 6 ? 0 : number % 10 < 9 ? 1 : 2;
  Tessera made;
  made.shape = shape_of
                   ? shape_of(number)
                   : erasure::Shape(erasure::tier_of(pack_bytes.at(kind)), pack_bytes.at(kind));
  for (auto& one : made.key.bytes) one = static_cast<std::byte>(dice.next() >> 56U);
  for (std::size_t i = 0; i < 8; ++i)
    made.place = made.place << 8U | std::to_integer<std::uint64_t>(
                                        made.key.bytes.at(dht::Limits::proof_zero_bits / 8 + i));
  return made;
}

Presence Archive::presence(std::uint32_t tessera, const Entry& entry) const {
  const Node& node = nodes_[entry.node];
  if (node.is_honest()) return node.presence;
  return node.record->presence({plan_of(tessera), entry.fragment});
}

upkeep::Assessment Archive::assess(std::uint32_t tessera) {
  const Tessera& of = tesserae[tessera];
  holders_.clear();
  for (const auto& entry : of.entries) {
    const auto presence = this->presence(tessera, entry);
    if (presence == Presence::lost) continue;
    auto& holder = holders_.emplace_back();
    holder.id = nodes_[entry.node].id;
    auto& kept = presence == Presence::live   ? holder.live
                 : presence == Presence::away ? holder.away
                                              : holder.late;
    kept.set(entry.fragment);
  }
  return upkeep::assess({of.shape, {}, {}, holders_, of.need.has_value()});
}

std::vector<std::uint32_t> Archive::nearest_live(std::uint32_t tessera, std::size_t count) const {
  const Tessera& of = tesserae[tessera];
  std::vector<std::uint32_t> nodes;
  for (const auto& entry : of.entries)
    if (presence(tessera, entry) == Presence::live) nodes.push_back(entry.node);
  const auto distance = [&](std::uint32_t node) { return nodes_[node].place ^ of.place; };
  count = std::min(count, nodes.size());
  std::ranges::partial_sort(nodes, nodes.begin() + static_cast<std::ptrdiff_t>(count), {},
                            distance);
  nodes.resize(count);
  return nodes;
}

unsigned Archive::whole(std::uint32_t tessera) const {
  Fragments there;
  for (const auto& [node, fragment] : tesserae[tessera].entries) {
    const Node& one = nodes_[node];
    if (one.is_honest() && one.is_alive) there.set(fragment);
  }
  return static_cast<unsigned>(there.count());
}

unsigned Archive::gather(std::uint32_t tessera, Work& into) const {
  const Tessera& of = tesserae[tessera];
  for (const auto& [node, fragment] : of.entries)
    if (node == into.node) into.got.set(fragment);
  unsigned count = 0;
  for (const auto& [node, fragment] : of.entries) {
    if (into.got.count() >= of.shape.data()) break;
    const Node& one = nodes_[node];
    if (!one.is_online() || !one.is_honest() || into.got.test(fragment)) continue;
    into.got.set(fragment);
    ++count;
  }
  return count;
}

// Those who keep some already, and the nearest others who may be given more.
std::vector<replica::Candidate> Archive::candidates(const Tessera& of,
                                                    const std::vector<std::uint32_t>& alive,
                                                    base::WallTime now) {
  std::vector<replica::Candidate> all;
  const auto number = static_cast<std::uint32_t>(&of - tesserae.data());
  for (const auto& entry : of.entries) {
    // Who may not return takes nobody's place.
    if (presence(number, entry) >= Presence::late) continue;
    const Node& node = nodes_[entry.node];
    const auto known = std::ranges::find(all, node.id, &replica::Candidate::id);
    if (known != all.end()) {
      known->kept.set(entry.fragment);
      continue;
    }
    const bool may = node.is_online() && node.record->may_be_given_more(now);
    all.push_back({node.id, node.networks, replica::Standing::unknown, may ? free_bytes : 0, {}});
    all.back().kept.set(entry.fragment);
  }
  by_distance_.clear();
  for (const auto node : alive) by_distance_.emplace_back(nodes_[node].place ^ of.place, node);
  const auto wanted =
      std::min(by_distance_.size(), all.size() + of.shape.fragments() + further_candidates);
  std::ranges::partial_sort(by_distance_,
                            by_distance_.begin() + static_cast<std::ptrdiff_t>(wanted));
  const auto keeping = all.size();
  for (std::size_t i = 0; i < wanted; ++i) {
    const Node& node = nodes_[by_distance_[i].second];
    if (!node.is_online() || !node.record->may_be_given_more(now)) continue;
    const auto end = all.begin() + static_cast<std::ptrdiff_t>(keeping);
    if (std::ranges::find(all.begin(), end, node.id, &replica::Candidate::id) != end) continue;
    all.push_back({node.id, node.networks, replica::Standing::unknown, free_bytes, {}});
  }
  return all;
}

std::size_t Archive::give(std::uint32_t tessera, const Fragments& missing,
                          const std::vector<std::uint32_t>& alive, base::WallTime now,
                          std::vector<std::uint32_t>& receivers) {
  Tessera& of = tesserae[tessera];
  const auto placed = replica::place(of.shape, missing, candidates(of, alive, now));
  for (const auto& choice : placed.choices) {
    const auto node = number_of(choice.holder);
    const auto fragment = static_cast<std::uint8_t>(choice.fragment);
    of.entries.push_back({node, fragment});
    nodes_[node].kept.push_back({tessera, fragment});
    receivers.push_back(node);
  }
  return placed.choices.size();
}

void Archive::forget(std::uint32_t tessera, std::uint32_t node, std::uint8_t fragment) {
  auto& entries = tesserae[tessera].entries;
  const auto at = std::ranges::find_if(
      entries, [&](const Entry& one) { return one.node == node && one.fragment == fragment; });
  if (at == entries.end()) return;
  *at = entries.back();
  entries.pop_back();
}

}  // namespace tesseras::century
