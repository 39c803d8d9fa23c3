// A hundred years of repair without owners (sim/century), as it is and with a part of it left out.
#pragma once

#include "sim/scenarios/scenario.hpp"

namespace tesseras::scenarios {

// Ten tesserae for each node. A fault for each tier of which one was lost, and where repair moves
// more than 1.5 % of what is stored a day.
Report play_century(const Options& options);
// To be compared with it; no faults, whatever is lost.
Report play_century_without_audits(const Options& options);
Report play_century_without_diversity(const Options& options);
Report play_century_without_repair(const Options& options);

}  // namespace tesseras::scenarios
