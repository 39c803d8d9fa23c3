// The five scenarios of the first phase's text, and the demo that follows from them.
#pragma once

#include "sim/scenarios/scenario.hpp"

namespace tesseras::scenarios {

// Nodes that know one, and then one another.
Report play_bootstrap(const Options& options);
Report play_converge(const Options& options);
// One publishes, the seed is killed, and all others find it; and nothing that nobody published.
Report play_publish_find(const Options& options);
// One goes without a word, and is out of all tables after as many failures as it takes.
Report play_departure(const Options& options);
// Whose proof of work is wrong is refused by all, and in nobody's table.
Report play_proof_of_work(const Options& options);
// Many nodes that know only one; one publishes; the first two are killed; another finds.
Report play_demo(const Options& options);

}  // namespace tesseras::scenarios
