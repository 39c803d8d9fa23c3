// When a peer is asked for proofs (spec/audit.md, section 2). Pure. Times of a wall clock, which
// may jump: then a peer is asked once too often, or a round later.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <vector>

#include "foundation/base/time.hpp"
#include "preserve/dht/node_id.hpp"

namespace tesseras::upkeep {

// A peer is asked once in each.
inline constexpr std::chrono::hours round_time{12};
// With more, rounds are longer in proportion.
inline constexpr std::size_t peers_per_round_max = 160;
// Whoever did not answer is asked again after that.
inline constexpr std::chrono::hours retry_time{1};

// Whoever was given something by a repair is asked within that time.
inline constexpr std::chrono::hours gift_time{1};

// Of a node that shares fragments with so many peers.
std::chrono::seconds round_time_for(std::size_t peers);

// When a peer was asked last, and whether it answered.
struct LastAsked {
  base::WallTime at;
  bool has_answered = false;
};

// The next time to ask; in the past, or `now`: at once. `seed` is ours and nobody else's, or peers
// could tell when they will be asked. Another one, after a restart, moves the moment within its
// round.
base::WallTime next_audit(const dht::NodePublicKey& peer, const std::optional<LastAsked>& last,
                          base::WallTime now, std::chrono::seconds round, std::uint64_t seed);

// When it is asked because it was given something then: what liars take can be given anew while it
// is at hand. `seed` as above.
base::WallTime audit_after_gift(const dht::NodePublicKey& peer, base::WallTime given_at,
                                std::uint64_t seed);

// All of them, those that come after `last` first. Not all that are due can be asked at once; where
// many are off, and each takes its time, those who come first would else keep others from their
// turn.
std::vector<dht::NodePublicKey> in_turn(const std::set<dht::NodePublicKey>& peers,
                                        const std::optional<dht::NodePublicKey>& last);

}  // namespace tesseras::upkeep
