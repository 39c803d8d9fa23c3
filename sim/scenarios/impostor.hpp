// Somebody who says to be a node and is none: whose proof of work is missing or not the smallest,
// or who names another's key as its own.
#pragma once

#include <string>
#include <vector>

#include "sim/scenarios/dht_world.hpp"

namespace tesseras::scenarios {

// What became of it.
struct Imposture {
  std::size_t asked = 0;    // nodes that it has pinged
  std::size_t refused = 0;  // by so many, with a reason
  std::string reason;       // one of them
};

// Node `number` (off) pings every node that is on, as `claimed`, whose endpoints it is at; and
// answers whoever dials it with the same words. Runs the world for as long as it takes; then it is
// off again.
Imposture impersonate(DhtWorld& net, std::size_t number, const dht::NodeInfo& claimed);

}  // namespace tesseras::scenarios
