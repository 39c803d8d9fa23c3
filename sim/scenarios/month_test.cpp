#include "sim/scenarios/month.hpp"

#include "sim/scenarios/scenario_fixture.hpp"

namespace tesseras::scenarios {
namespace {

using testing::IsEmpty;

// Days that are enough to be found missing and to be made again, of lives that are short for it.
MonthOptions few(std::size_t nodes, unsigned days) {
  MonthOptions options;
  options.nodes = nodes;
  options.days = days;
  options.mean_life_days = 12;
  // Few events: only what is far off is wrong.
  options.made_apart_max = 0.6;
  options.got_apart_max = 0.75;
  return options;
}

TEST(Month, WholeNodesRepairAndLoseNothing) {
  if (!is_long()) GTEST_SKIP() << "a node takes a second for a day: ./dev test --long";
  const auto report = play(few(40, 10));
  EXPECT_THAT(report.faults, IsEmpty()) << figures(report);
  EXPECT_GT(figure(report, "made"), 0);
  EXPECT_GT(figure(report, "lies_found"), 0);
}

TEST(Month, OneSeedIsOneHistory) {
  if (is_sanitized) GTEST_SKIP() << "whole nodes for a day are the release build's";
  auto options = few(5, 1);
  options.made_apart_max = options.got_apart_max = 1;
  const auto once = play(options).digest;
  EXPECT_EQ(play(options).digest, once);
  options.seed = 2;
  EXPECT_NE(play(options).digest, once);
}

}  // namespace
}  // namespace tesseras::scenarios
