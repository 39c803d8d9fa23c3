// A month of whole nodes, whose authors are gone after a day, and the same month as the century
// plays it: what the century leaves out must not matter much.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>

#include "sim/scenarios/scenario.hpp"

namespace tesseras::scenarios {

struct MonthOptions {
  std::uint64_t seed = 1;
  std::size_t nodes = 60;  // at any time; who dies is followed by another
  unsigned days = 30;
  unsigned mean_life_days = 60;  // short, so that a month has something to repair
  // How far what whole nodes make and get may be from what the century says, as a part of the
  // larger. Few of either say little.
  double made_apart_max = 0.25;
  double got_apart_max = 0.4;
  std::function<void(std::string_view)> progress = [](std::string_view) {};
};

Report play(const MonthOptions& options);

// The scenario.
Report play_month(const Options& options);

}  // namespace tesseras::scenarios
