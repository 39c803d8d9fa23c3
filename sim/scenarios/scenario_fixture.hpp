// For tests of scenarios.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>
#include <string_view>

#include "sim/scenarios/scenario.hpp"

namespace tesseras::scenarios {

// Sanitizers make a thousand nodes a matter of a quarter of an hour.
#if defined(__SANITIZE_ADDRESS__)
inline constexpr bool is_sanitized = true;
#else
inline constexpr bool is_sanitized = false;
#endif

// Whether there are hours (./dev test --long).
inline bool is_long() {
  const char* wish = std::getenv("TESSERAS_LONG");
  return wish != nullptr && *wish != '\0' && *wish != '0';
}

inline double figure(const Report& report, std::string_view name) {
  for (const auto& one : report.figures)
    if (one.name == name) return one.value;
  ADD_FAILURE() << "there is no figure " << name;
  return 0;
}

// What a failure is to be understood by.
inline std::string figures(const Report& report) {
  std::string text;
  for (const auto& one : report.figures) text += one.name + " " + std::to_string(one.value) + "\n";
  return text;
}

// A scenario with as many nodes, 0: as it has by itself; so many seeds.
inline void holds(std::string_view name, std::size_t nodes, std::uint64_t seeds) {
  const Scenario* scenario = find_scenario(name);
  ASSERT_NE(scenario, nullptr);
  if (nodes == 0) nodes = scenario->nodes;
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    const auto report = scenario->play({.seed = seed, .nodes = nodes});
    EXPECT_THAT(report.faults, testing::IsEmpty())
        << "./dev sim " << name << " --seed " << seed << " --nodes " << nodes << "\n"
        << figures(report);
  }
}

}  // namespace tesseras::scenarios
