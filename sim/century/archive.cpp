#include "sim/century/archive.hpp"

#include <algorithm>
#include <array>

#include "preserve/replica/placement.hpp"

namespace tesseras::century {

using upkeep::Fragments;
using upkeep::Presence;

namespace {

constexpr std::uint64_t mib = std::uint64_t{1} << 20U;
// Of those that a search for holders finds, who may be given something, beyond one for each
// fragment: more would not be chosen.
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

void Archive::arrives(std::uint32_t node) {
  const std::pair one(glances_[node].place, node);
  alive_.insert(std::ranges::lower_bound(alive_, one), one);
}

void Archive::departs(std::uint32_t node) {
  alive_.erase(std::ranges::lower_bound(alive_, std::pair(glances_[node].place, node)));
}

Presence Archive::presence(std::uint32_t tessera, const Entry& entry) const {
  const Glance& node = glances_[entry.node];
  if (node.is_honest) return node.presence;
  return nodes_[entry.node].record->presence({plan_of(tessera), entry.fragment});
}

upkeep::Assessment Archive::assess(std::uint32_t tessera, bool has_pack) {
  const Tessera& of = tesserae[tessera];
  const bool is_code = of.shape.tier() != erasure::Tier::copies;
  holders_.clear();
  if (is_code) holders_.emplace_back();
  for (const auto& entry : of.entries) {
    const auto presence = this->presence(tessera, entry);
    if (presence == Presence::lost) continue;
    auto& holder = is_code ? holders_.front() : holders_.emplace_back();
    auto& kept = presence == Presence::live   ? holder.live
                 : presence == Presence::away ? holder.away
                                              : holder.late;
    kept.set(entry.fragment);
  }
  return upkeep::assess({of.shape, {}, {}, holders_, has_pack || of.need.has_value()});
}

const std::vector<upkeep::Holder>& Archive::live_holders(std::uint32_t tessera) {
  holders_.clear();
  for (const auto& entry : tesserae[tessera].entries) {
    if (presence(tessera, entry) != Presence::live) continue;
    auto& holder = holders_.emplace_back();
    holder.id = nodes_[entry.node].id;
    holder.live.set(entry.fragment);
  }
  return holders_;
}

std::vector<std::uint32_t> Archive::nearest_live(std::uint32_t tessera, std::size_t count) const {
  const Tessera& of = tesserae[tessera];
  std::vector<std::uint32_t> nodes;
  for (const auto& entry : of.entries)
    if (presence(tessera, entry) == Presence::live) nodes.push_back(entry.node);
  const auto distance = [&](std::uint32_t node) { return glances_[node].place ^ of.place; };
  count = std::min(count, nodes.size());
  std::ranges::partial_sort(nodes, nodes.begin() + static_cast<std::ptrdiff_t>(count), {},
                            distance);
  nodes.resize(count);
  return nodes;
}

unsigned Archive::whole(std::uint32_t tessera) const {
  Fragments there;
  for (const auto& entry : tesserae[tessera].entries) {
    const Glance& one = glances_[entry.node];
    if (one.is_honest && one.is_alive && !entry.is_rotten) there.set(entry.fragment);
  }
  return static_cast<unsigned>(there.count());
}

unsigned Archive::gather(std::uint32_t tessera, Work& into) const {
  const Tessera& of = tesserae[tessera];
  for (const auto& entry : of.entries)
    if (entry.node == into.node && !entry.is_rotten) into.got.set(entry.fragment);
  auto needed = of.shape.data() - std::min<std::size_t>(into.got.count(), of.shape.data());
  unsigned count = 0;
  for (const auto& entry : of.entries) {
    if (needed == 0) break;
    const Glance& one = glances_[entry.node];
    if (!one.is_online || !one.is_honest || entry.is_rotten || into.got.test(entry.fragment))
      continue;
    into.got.set(entry.fragment);
    --needed;
    ++count;
  }
  return count;
}

// Whoever is nearest comes first; false: it was enough. The places that agree with `place` above
// `bit` stand side by side.
template <class Visit>
bool Archive::visit_nearest(std::uint64_t place, std::size_t begin, std::size_t end, unsigned bit,
                            const Visit& visit) const {
  if (begin == end) return true;
  if (end - begin == 1 || bit == 0) return visit(alive_[begin].second);
  const std::uint64_t mask = std::uint64_t{1} << (bit - 1);
  const auto middle = static_cast<std::size_t>(
      std::partition_point(alive_.begin() + static_cast<std::ptrdiff_t>(begin),
                           alive_.begin() + static_cast<std::ptrdiff_t>(end),
                           [&](const auto& one) { return (one.first & mask) == 0; }) -
      alive_.begin());
  const auto zeros = [&] { return visit_nearest(place, begin, middle, bit - 1, visit); };
  const auto ones = [&] { return visit_nearest(place, middle, end, bit - 1, visit); };
  return (place & mask) == 0 ? zeros() && ones() : ones() && zeros();
}

void Archive::add_candidate(std::uint32_t node, std::uint64_t free_bytes) {
  if (candidates_count_ == candidates_.size()) candidates_.emplace_back();
  auto& one = candidates_[candidates_count_++];
  one.id = nodes_[node].id;
  one.networks = nodes_[node].networks;
  one.free_bytes = free_bytes;
  one.kept.reset();
}

// What it would take, for two fragments at most; who lies says that it takes anything.
std::uint64_t Archive::room_of(std::uint32_t node, const Tessera& of, const Brought& by,
                               base::WallTime now) const {
  const Node& one = nodes_[node];
  if (!one.is_online() || !one.record->may_be_given_more(now)) return 0;
  const auto bytes = of.shape.fragment_bytes();
  for (unsigned count = 2; count > 0; --count)
    if (!one.is_honest() || one.disk.takes(bytes, count, by)) return count * bytes;
  return 0;
}

// Those who keep some already, and the nearest others who may be given more.
void Archive::find_candidates(std::uint32_t tessera, std::size_t missing, const Brought& by,
                              base::WallTime now) {
  const Tessera& of = tesserae[tessera];
  candidates_count_ = 0;
  const auto known = [&](std::uint32_t node) {
    const auto end = candidates_.begin() + static_cast<std::ptrdiff_t>(candidates_count_);
    const auto at = std::find_if(candidates_.begin(), end,
                                 [&](const auto& one) { return one.id == nodes_[node].id; });
    return at == end ? nullptr : &*at;
  };
  for (const auto& entry : of.entries) {
    // Who may not return takes nobody's place.
    if (presence(tessera, entry) >= Presence::late) continue;
    auto* candidate = known(entry.node);
    if (candidate == nullptr) {
      add_candidate(entry.node, room_of(entry.node, of, by, now));
      candidate = &candidates_[candidates_count_ - 1];
    }
    candidate->kept.set(entry.fragment);
  }
  std::size_t found = 0, further = 0;
  visit_nearest(of.place, 0, alive_.size(), 64, [&](std::uint32_t node) {
    if (!glances_[node].is_online) return true;
    const auto room = known(node) == nullptr ? room_of(node, of, by, now) : 0;
    if (room > 0) add_candidate(node, room);
    further += room > 0 ? 1 : 0;
    return ++found < dht::Limits::shortlist_max && further < missing + further_candidates;
  });
}

std::size_t Archive::give(std::uint32_t tessera, const Fragments& missing, const Brought& by,
                          base::WallTime now, std::vector<std::uint32_t>& receivers) {
  Tessera& of = tesserae[tessera];
  find_candidates(tessera, missing.count(), by, now);
  const auto placed =
      replica::place(of.shape, missing, std::span(candidates_).first(candidates_count_));
  for (const auto& choice : placed.choices) {
    const auto node = number_of(choice.holder);
    const auto fragment = static_cast<std::uint8_t>(choice.fragment);
    of.entries.push_back({node, fragment, false});
    nodes_[node].kept.push_back({tessera, fragment, by});
    nodes_[node].disk.add(of.shape.fragment_bytes(), by);
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
