// tesseras-sim, which is behind `./dev sim` and is not installed.
#include <algorithm>
#include <cstdio>
#include <optional>
#include <random>
#include <stop_token>
#include <string_view>
#include <vector>

#include "foundation/runtime/interrupt.hpp"
#include "sim/play/command.hpp"

int main(int count, char** words) {
  const std::vector<std::string_view> given(words + 1, words + count);
  // One history is not interrupted between two seeds, but ended as any program is.
  std::optional<tesseras::runtime::Interrupt> interrupt;
  if (std::ranges::contains(given, "--forever")) interrupt.emplace();
  return tesseras::play::run_command(given,
                                     {.scenarios = tesseras::scenarios::all_scenarios(),
                                      .out = stdout,
                                      .progress = stderr,
                                      .stop = interrupt ? interrupt->token() : std::stop_token(),
                                      .first_seed = std::random_device()()});
}
