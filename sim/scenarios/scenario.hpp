// What `./dev sim` plays: a world, something that happens in it, and what must hold then. The same
// options give the same history, so whatever goes wrong goes wrong again.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "foundation/runtime/log.hpp"

namespace tesseras::scenarios {

struct Options {
  std::uint64_t seed = 1;
  std::size_t nodes = 0;  // 0: as many as the scenario has by itself
  // Told now and then how far it is.
  std::function<void(std::string_view)> progress = [](std::string_view) {};
};

// A number that somebody may want to know: "hops_p50", 4.
struct Figure {
  std::string name;
  double value = 0;
};

struct Report {
  std::vector<std::string> faults;  // none: all holds
  std::vector<Figure> figures;
  std::string digest;  // of the history: the same for the same options

  bool holds() const { return faults.empty(); }
  void add(std::vector<std::string> more) { faults.insert(faults.end(), more.begin(), more.end()); }
  void add(std::string name, double value) { figures.push_back({std::move(name), value}); }
};

struct Scenario {
  std::string_view name;
  std::string_view what;  // a line
  std::size_t nodes = 0;  // unless told
  std::size_t nodes_min = 0;
  Report (*play)(const Options&);
};

// All that there are, the quick ones first.
std::span<const Scenario> all_scenarios();
// Null: there is none of that name.
const Scenario* find_scenario(std::string_view name);

}  // namespace tesseras::scenarios
