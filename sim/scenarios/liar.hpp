// Nodes that take part as others do, so that others know them, and lie when they are asked.
#pragma once

#include <memory>
#include <vector>

#include "preserve/dht/node_info.hpp"
#include "sim/scenarios/dht_world.hpp"

namespace tesseras::scenarios {

// All of them say that they keep what they are given, and give nothing.
enum class Lie {
  itself,    // names nobody but itself
  made_up,   // names nodes that are not there, at its own address
  nothing,   // names nobody
  slow,      // the same, and takes almost as long for it as is waited for
  together,  // names its fellows, those nearest to the key
};

// Whom the liars of a world name.
struct Ring {
  std::vector<dht::NodeInfo> fellows;
  std::vector<dht::NodeInfo> made_up;  // with good proofs, and no endpoints
  dht::ProofMemo memo;
};

// Makes the ring of these nodes.
std::shared_ptr<Ring> make_ring(DhtWorld& net, const std::vector<std::size_t>& liars);
// Before it is started.
void make_liar(DhtWorld& net, std::size_t number, Lie lie, std::shared_ptr<Ring> ring);

}  // namespace tesseras::scenarios
