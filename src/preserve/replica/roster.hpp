// Who keeps what of one plan, as far as this node knows: those that acknowledged a fragment to us,
// or told us that they keep it. A note to oneself; whoever has lost it asks the network again.
// Pure, but for its bytes on disk (spec/roster.md).
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "foundation/base/bytes.hpp"
#include "foundation/base/result.hpp"
#include "foundation/base/strong_id.hpp"
#include "preserve/dht/fragment_set.hpp"
#include "preserve/dht/node_info.hpp"
#include "preserve/erasure/shape.hpp"
#include "preserve/replica/placement.hpp"

namespace tesseras::replica {

struct Holder {
  dht::NodeInfo node;  // its capabilities are not kept
  Fragments fragments;
  std::int64_t since_seconds = 0;   // since 1970: when it took the first of them
  std::int64_t proved_seconds = 0;  // when it last proved one of them; 0: never

  bool operator==(const Holder&) const = default;
};

struct Roster {
  // More than a plan has fragments: when some move, both keep them for a while.
  static constexpr std::size_t holders_max = 128;

  base::PlanId plan;
  std::map<dht::NodePublicKey, Holder> holders;

  // The peer keeps this one from now on. Where there is no room for another holder, nothing.
  void add(const dht::NodeInfo& node, unsigned fragment, std::int64_t now_seconds);
  // It does not keep it; with its last one the holder goes.
  void remove(const dht::NodePublicKey& node, unsigned fragment);
  // Those that somebody keeps.
  Fragments kept() const;

  bool operator==(const Roster&) const = default;
};

// At most Limits::roster_bytes_max.
base::Bytes encode(const Roster& roster);
// corrupt: damaged, or none. unsupported: a later version's.
base::Result<Roster> decode_roster(base::ByteSpan bytes);

// How many of those that keep these fragments may vanish, whichever they are, until the pack cannot
// be made again any more; beside them `whole` nodes keep all of it. nullopt: it cannot be made as
// it is. Where several keep the same fragment, it may be more.
std::optional<std::size_t> may_vanish(const erasure::Shape& shape, std::span<const Fragments> kept,
                                      std::size_t whole);

}  // namespace tesseras::replica
