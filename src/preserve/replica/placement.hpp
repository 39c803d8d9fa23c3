// Which peers are to keep which fragments of one plan. Pure: the same candidates give the same
// choice, and each choice says why. Where this departs from the seed's round robin, it keeps more
// of its promise: any that vanish together take few fragments with them.
//
//   - Of those in networks with as few holders, peers that can be relied on come first, then the
//     nearest to the tessera's key.
//   - As many holders as there are fragments; counts differ by one at most, where room allows.
//   - One holder of a tessera in each network, and a second one where there are too few networks.
//     At most 2, unless fewer than 7 holders would be left. Then that is broken, and said.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "preserve/dht/address_policy.hpp"
#include "preserve/dht/fragment_set.hpp"
#include "preserve/dht/node_id.hpp"
#include "preserve/erasure/shape.hpp"
#include "preserve/replica/standing.hpp"

namespace tesseras::replica {

using Fragments = dht::FragmentSet;

// A peer that may be asked, or that keeps some already.
struct Candidate {
  dht::NodeId id;
  // Of its addresses, without those that are exempt (dht::is_exempt).
  std::vector<dht::Network> networks;
  Standing standing = Standing::unknown;
  std::uint64_t free_bytes = 0;  // that it would take of us
  Fragments kept;                // of this plan
};

// Why a peer was chosen.
enum class Reason {
  keeps_others,  // it is a holder already, with fewest fragments
  is_preferred,  // the first of those that were left, by standing and distance
  of_too_few,    // its network has two holders already, but there are too few others
};
std::string_view explain(Reason reason);

struct Choice {
  unsigned fragment = 0;
  dht::NodeId holder;
  Reason reason = Reason::is_preferred;

  bool operator==(const Choice&) const = default;
};

struct Placement {
  std::vector<Choice> choices;     // in the order of the fragments
  std::vector<unsigned> homeless;  // nobody has room for these
  std::size_t holders = 0;         // different ones, those that keep some already among them
  bool breaks_diversity = false;   // three holders in one network
};

// Fewer holders than this are enough for nobody.
inline constexpr std::size_t holders_min = 7;
inline constexpr std::size_t holders_per_network_max = 2;

// Finds holders for the fragments `wanted` of a plan of this shape. `candidates` are the nearest to
// the key first, each at most once, and without ourselves.
Placement place(const erasure::Shape& shape, const Fragments& wanted,
                std::span<const Candidate> candidates);

}  // namespace tesseras::replica
