#include "sim/century/century.hpp"

#include <gtest/gtest.h>

namespace tesseras::century {
namespace {

// A tenth of the nodes lie, and a block is gone twice a year.
Options small(std::uint64_t seed) {
  Options options;
  options.seed = seed;
  options.nodes = 250;
  options.tesserae = 100;
  options.days = 3 * 365;
  return options;
}

TEST(Century, LosesNothing) {
  for (std::uint64_t seed = 1; seed <= 2; ++seed) {
    const auto outcome = play(small(seed));
    EXPECT_EQ(outcome.lost(), 0U) << seed;
    EXPECT_GT(outcome.deaths, 700U);
    EXPECT_GT(outcome.liars_found, 10U);
    for (const auto& tier : outcome.tiers) {
      EXPECT_GT(tier.repairs, 0U);
      EXPECT_GT(tier.repair_share(3 * 365), 0.0);
    }
  }
}

TEST(Century, IsTheSameForTheSameSeed) {
  auto options = small(5);
  options.days = 365;
  const auto once = play(options);
  EXPECT_EQ(play(options).digest, once.digest);
  options.seed = 6;
  EXPECT_NE(play(options).digest, once.digest);
}

// Or it would show nothing that nothing is lost above.
TEST(Century, WithoutRepairNearlyAllIsLost) {
  auto options = small(1);
  options.has_owner_free_repair = false;
  EXPECT_GT(play(options).lost(), 80U);
}

}  // namespace
}  // namespace tesseras::century
