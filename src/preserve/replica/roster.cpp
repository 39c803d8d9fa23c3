#include "preserve/replica/roster.hpp"

#include <algorithm>
#include <functional>
#include <string_view>

#include "foundation/base/assert.hpp"
#include "foundation/wire/body.hpp"
#include "foundation/wire/message_pack.hpp"
#include "foundation/wire/note.hpp"

namespace tesseras::replica {
namespace {

using base::ByteSpan;
using base::Code;
using base::fail;
using base::Result;
using wire::MapView;
using wire::MapWriter;

constexpr wire::NoteKind kind{"TESSROS", 1, "the list of holders"};
constexpr std::uint64_t seconds_max = (std::uint64_t{1} << 62U) - 1;

void write(MapWriter& map, const Holder& holder) {
  dht::write_endpoints(map, holder.node.endpoints);
  map.bytes("fragments", dht::encode(holder.fragments));
  map.bytes("key", holder.node.key.bytes);
  map.number("nonce", holder.node.nonce);
  map.number("proved", static_cast<std::uint64_t>(holder.proved_seconds));
  map.number("since", static_cast<std::uint64_t>(holder.since_seconds));
}

Result<Holder> read_holder(wire::Value value) {
  const MapView map = TRY(value.map());
  Holder holder;
  holder.node.endpoints = TRY(dht::read_endpoints(map));
  holder.node.key = TRY(map.id<dht::NodePublicKey>("key"));
  holder.node.nonce = TRY(map.number("nonce"));
  holder.node.id = dht::node_id_of(holder.node.key, holder.node.nonce);
  holder.fragments =
      TRY(dht::decode_fragment_set(TRY(map.bytes("fragments", dht::fragment_set_bytes_max))));
  holder.since_seconds = static_cast<std::int64_t>(TRY(map.number("since", seconds_max)));
  holder.proved_seconds = static_cast<std::int64_t>(TRY(map.number("proved", seconds_max)));
  return holder;
}

}  // namespace

void Roster::add(const dht::NodeInfo& node, unsigned fragment, std::int64_t now_seconds) {
  auto at = holders.find(node.key);
  if (at == holders.end()) {
    if (holders.size() == holders_max) return;
    at = holders.emplace(node.key, Holder{node, {}, now_seconds, 0}).first;
  }
  at->second.node = node;
  at->second.node.capabilities = {};
  at->second.fragments.set(fragment);
}

void Roster::remove(const dht::NodePublicKey& node, unsigned fragment) {
  const auto at = holders.find(node);
  if (at == holders.end()) return;
  at->second.fragments.reset(fragment);
  if (at->second.fragments.none()) holders.erase(at);
}

Fragments Roster::kept() const {
  Fragments all;
  for (const auto& [key, holder] : holders) all |= holder.fragments;
  return all;
}

base::Bytes encode(const Roster& roster) {
  ASSERT(roster.holders.size() <= Roster::holders_max);
  return wire::seal_note(
      kind, wire::pack_body([&](MapWriter& map) {
        map.list("holders", roster.holders, [](wire::ArrayWriter& list, const auto& one) {
          list.map([&](MapWriter& holder) { write(holder, one.second); });
        });
        map.bytes("plan", roster.plan.bytes);
      }));
}

Result<Roster> decode_roster(ByteSpan bytes) {
  const MapView map = TRY(wire::unpack_body(TRY(wire::open_note(kind, bytes))));
  Roster roster;
  roster.plan = TRY(map.id<base::PlanId>("plan"));
  const auto holders = TRY(map.list("holders", Roster::holders_max, read_holder));
  for (const Holder& holder : holders) roster.holders.insert_or_assign(holder.node.key, holder);
  return roster;
}

std::optional<std::size_t> may_vanish(const erasure::Shape& shape, std::span<const Fragments> kept,
                                      std::size_t whole) {
  Fragments all;
  std::vector<std::size_t> counts;
  for (const Fragments& one : kept) {
    all |= one;
    counts.push_back(one.count());
  }
  std::size_t left = all.count();
  if (left < shape.data()) return whole == 0 ? std::nullopt : std::optional(whole - 1);
  // Those with most first: it takes fewest of them.
  std::ranges::sort(counts, std::greater());
  std::size_t gone = 0;
  for (const std::size_t count : counts) {
    if (left - std::min(left, count) < shape.data()) break;
    left -= count;
    ++gone;
  }
  return gone + whole;
}

}  // namespace tesseras::replica
