// tesseras-sim, which is behind `./dev sim` and is not installed.
#include <cstdio>
#include <random>
#include <string_view>
#include <vector>

#include "foundation/runtime/interrupt.hpp"
#include "sim/play/command.hpp"

int main(int count, char** words) {
  const tesseras::runtime::Interrupt interrupt;
  const std::vector<std::string_view> given(words + 1, words + count);
  return tesseras::play::run_command(given, {.scenarios = tesseras::scenarios::all_scenarios(),
                                             .out = stdout,
                                             .progress = stderr,
                                             .stop = interrupt.token(),
                                             .first_seed = std::random_device()()});
}
