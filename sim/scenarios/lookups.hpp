// How lookups do, in numbers (./dev bench dht).
#pragma once

#include "sim/scenarios/scenario.hpp"

namespace tesseras::scenarios {

// Pointers are published and searched for in a quiet network, and then while nodes are on for an
// hour and off for twenty minutes on average: figures calm_... and churn_... A fault when fewer
// than 99.9 % of searches find what is there, or half of them need more than five hops.
Report play_lookups(const Options& options);

}  // namespace tesseras::scenarios
