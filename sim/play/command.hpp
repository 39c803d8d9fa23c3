// `./dev sim`: plays scenarios, and says how to play again what has failed.
#pragma once

#include <cstdio>
#include <span>
#include <stop_token>
#include <string_view>

#include "sim/scenarios/scenario.hpp"

namespace tesseras::play {

struct CommandContext {
  std::span<const scenarios::Scenario> scenarios;
  std::FILE* out;            // what was found
  std::FILE* progress;       // how far it is, and what went wrong
  std::stop_token stop;      // asked between two seeds
  std::uint64_t first_seed;  // where --forever begins unless told
};

// SCENARIO [--seed N] [--nodes N] [--forever] [--json]; without words, the scenarios.
// 0: all holds. 1: something does not; progress has had the words to play it again with.
// 2: not understood.
int run_command(std::span<const std::string_view> words, const CommandContext& context);

}  // namespace tesseras::play
