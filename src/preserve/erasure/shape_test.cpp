#include "preserve/erasure/shape.hpp"

#include <gtest/gtest.h>

namespace tesseras::erasure {
namespace {

constexpr std::uint64_t mib = std::uint64_t{1} << 20U;

TEST(Shape, TiersBeginAtFourAnd256Mebibytes) {
  EXPECT_EQ(tier_of(1), Tier::copies);
  EXPECT_EQ(tier_of(4 * mib - 1), Tier::copies);
  EXPECT_EQ(tier_of(4 * mib), Tier::medium);
  EXPECT_EQ(tier_of(256 * mib - 1), Tier::medium);
  EXPECT_EQ(tier_of(256 * mib), Tier::large);
  EXPECT_EQ(tier_of(1024 * mib), Tier::large);
}

TEST(Shape, NumbersOfTiersMayNeverChange) {
  EXPECT_EQ(tier_from(0), std::nullopt);
  EXPECT_EQ(tier_from(1), Tier::copies);
  EXPECT_EQ(tier_from(2), Tier::medium);
  EXPECT_EQ(tier_from(3), Tier::large);
  EXPECT_EQ(tier_from(4), std::nullopt);
  EXPECT_EQ(tier_from((std::uint64_t{1} << 32U) + 1), std::nullopt);
}

TEST(Shape, CopiesAreWhole) {
  const Shape shape(Tier::copies, 12'345);
  EXPECT_EQ(shape.data(), 1U);
  EXPECT_EQ(shape.fragments(), 7U);
  EXPECT_EQ(shape.fragment_bytes(), 12'345U);
  for (unsigned i = 0; i < 7; ++i) EXPECT_EQ(shape.pack_bytes_in(i), 12'345U);
}

TEST(Shape, PiecesFollowOneAnother) {
  for (const std::uint64_t pack_bytes :
       {4 * mib, 4 * mib + 512, 40 * mib + 1536, 256 * mib - 512}) {
    const Shape shape(Tier::medium, pack_bytes);
    EXPECT_EQ(shape.data(), 16U);
    EXPECT_EQ(shape.parity(), 8U);
    EXPECT_GE(shape.fragment_bytes() * 16, pack_bytes);
    EXPECT_LT((shape.fragment_bytes() - 1) * 16, pack_bytes);
    std::uint64_t sum = 0;
    for (unsigned i = 0; i < shape.fragments(); ++i) sum += shape.pack_bytes_in(i);
    EXPECT_EQ(sum, pack_bytes);
    EXPECT_EQ(shape.pack_bytes_in(16), 0U);
  }
  const Shape large(Tier::large, 300 * mib + 512);
  EXPECT_EQ(large.data(), 48U);
  EXPECT_EQ(large.fragments(), 72U);
  EXPECT_EQ(large.fragment_bytes(), 6'553'611U);
  EXPECT_EQ(large.pack_bytes_in(0), 6'553'611U);
  EXPECT_EQ(large.pack_bytes_in(47), 300 * mib + 512 - 47 * std::uint64_t{6'553'611});
}

// A plan may say any size; what is small leaves whole pieces empty.
TEST(Shape, SmallPacksLeavePiecesEmpty) {
  const Shape shape(Tier::medium, 18);
  EXPECT_EQ(shape.fragment_bytes(), 2U);
  EXPECT_EQ(shape.pack_bytes_in(8), 2U);
  EXPECT_EQ(shape.pack_bytes_in(9), 0U);
  EXPECT_EQ(shape.pack_bytes_in(15), 0U);
}

}  // namespace
}  // namespace tesseras::erasure
