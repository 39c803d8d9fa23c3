#include "sim/century/century.hpp"

#include <gtest/gtest.h>

#include "sim/century/disk.hpp"

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
    EXPECT_GT(outcome.rotten, 10U);
    EXPECT_GT(outcome.mended, 0U);
    EXPECT_LE(outcome.mended, outcome.rotten);
    for (const auto& tier : outcome.tiers) {
      EXPECT_GT(tier.repairs, 0U);
      EXPECT_GT(tier.repair_share(3 * 365), 0.0);
      const bool is_copies = &tier == &outcome.tiers.front();
      EXPECT_EQ(tier.pack_share(3 * 365) > 0, !is_copies);
      EXPECT_EQ(tier.made_of_packs > 0, !is_copies);
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

TEST(Disk, TakesWhatAdmissionLetsIt) {
  constexpr std::uint64_t mib = std::uint64_t{1} << 20U;
  const Brought given{1, false}, repaired{1, true}, from_elsewhere{2, true};
  Disk disk;
  // Of one block of addresses a quarter of a GiB.
  for (int i = 0; i < 4; ++i) {
    EXPECT_TRUE(disk.takes(64 * mib, 1, repaired));
    disk.add(64 * mib, repaired);
  }
  EXPECT_FALSE(disk.takes(64 * mib, 1, repaired));
  EXPECT_TRUE(disk.takes(64 * mib, 2, from_elsewhere));
  while (disk.takes(64 * mib, 1, given)) disk.add(64 * mib, given);
  EXPECT_EQ(disk.kept_bytes(), 10 * 1024 * mib);
  EXPECT_FALSE(disk.takes(mib, 1, from_elsewhere));
}

// Or it would show nothing that nothing is lost above.
TEST(Century, WithoutRepairNearlyAllIsLost) {
  auto options = small(1);
  options.has_owner_free_repair = false;
  EXPECT_GT(play(options).lost(), 80U);
}

}  // namespace
}  // namespace tesseras::century
