// Networks in trouble: nodes that crash and come back, links that lose, peers that lie.
#pragma once

#include "sim/scenarios/scenario.hpp"

namespace tesseras::scenarios {

// Half an hour in which nodes crash and come back with their disks, packets are lost, a third of
// the network is cut off for some minutes, and some links are cut one way. Then it is calm, and
// everything that was published is found.
Report play_churn(const Options& options);
// A fifth of the nodes lie, each fifth of these in another way.
Report play_hostile(const Options& options);
// Twenty nodes have made keys until they lay nearer to a key than anybody honest, and know of
// nothing there.
Report play_ground(const Options& options);

}  // namespace tesseras::scenarios
