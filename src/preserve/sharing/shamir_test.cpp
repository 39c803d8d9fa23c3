#include "preserve/sharing/shamir.hpp"

#include <gtest/gtest.h>

#include <array>
#include <bitset>
#include <string_view>
#include <utility>
#include <vector>

namespace tesseras::sharing {
namespace {

using base::Bytes;
using base::to_bytes;
using crypto::SecretBuffer;

Share copy_of(const Share& share) {
  return {share.index, SecretBuffer::copy_of(share.data.span())};
}

// Those of `all` whose bit is set.
std::vector<Share> chosen(const std::vector<Share>& all, unsigned bits) {
  std::vector<Share> some;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (((bits >> i) & 1U) != 0) some.push_back(copy_of(all[i]));
  }
  return some;
}

bool gives(std::span<const Share> shares, const Bytes& secret) {
  const auto combined = combine(shares);
  return combined && crypto::equal_constant_time(combined->span(), secret);
}

TEST(Shamir, AnyOfTheThresholdGiveTheSecretAndNoFewer) {
  const Bytes secret = to_bytes("thirty-four bytes, as heirs share!");
  for (unsigned count = 1; count <= 6; ++count) {
    for (unsigned threshold = 1; threshold <= count; ++threshold) {
      const std::vector<Share> shares = split(secret, threshold, count);
      ASSERT_EQ(shares.size(), count);
      for (unsigned bits = 1; bits < 1U << count; ++bits) {
        const std::vector<Share> some = chosen(shares, bits);
        EXPECT_EQ(gives(some, secret), some.size() >= threshold)
            << threshold << " of " << count << ", those in " << bits;
      }
    }
  }
}

TEST(Shamir, TheOrderOfSharesIsOfNoAccount) {
  const Bytes secret = to_bytes("backwards");
  const std::vector<Share> shares = split(secret, 3, 5);
  std::vector<Share> some;
  for (const std::size_t i : {4U, 0U, 2U}) some.push_back(copy_of(shares[i]));
  EXPECT_TRUE(gives(some, secret));
}

TEST(Shamir, AsManySharesAsThereCanBe) {
  const Bytes secret = to_bytes("all");
  std::vector<Share> shares = split(secret, 255, 255);
  EXPECT_EQ(shares.back().index, 255);
  EXPECT_TRUE(gives(shares, secret));
  shares.pop_back();
  EXPECT_FALSE(gives(shares, secret));
}

TEST(Shamir, TwiceSplitIsDifferentShares) {
  const Bytes secret = to_bytes("the same secret");
  EXPECT_FALSE(split(secret, 2, 2)[0].data == split(secret, 2, 2)[0].data);
}

TEST(Shamir, SharesOfTwoSplitsGiveNothing) {
  const Bytes secret = to_bytes("the same secret");
  std::vector<Share> mixed;
  mixed.push_back(std::move(split(secret, 2, 2)[0]));
  mixed.push_back(std::move(split(secret, 2, 2)[1]));
  EXPECT_FALSE(gives(mixed, secret));
}

TEST(Shamir, AShareThatIsWrongByABitGivesAnotherSecret) {
  const Bytes secret = to_bytes("x");
  const std::vector<Share> shares = split(secret, 2, 3);
  std::vector<Share> some = chosen(shares, 0b101);
  some[1].data.mutable_span()[0] ^= std::byte{1};
  EXPECT_FALSE(gives(some, secret));
}

std::byte at(std::span<const Share> shares, std::size_t i) { return shares[i].data.span()[0]; }

// Over all polynomials, a single share of a secret of one byte has each value equally often: once.
TEST(Shamir, OneOfTwoIsConsistentWithEverySecret) {
  for (unsigned secret = 0; secret < 256; ++secret) {
    std::array<std::bitset<256>, 3> seen;
    for (unsigned a = 0; a < 256; ++a) {
      const auto shares = split_with(std::array{std::byte(secret)}, 2, 3, std::array{std::byte(a)});
      for (std::size_t i = 0; i < 3; ++i) seen[i].set(std::to_integer<unsigned>(at(shares, i)));
    }
    for (const auto& values : seen) EXPECT_TRUE(values.all()) << secret;
  }
}

// And two shares each pair of values.
TEST(Shamir, TwoOfThreeAreConsistentWithEverySecret) {
  for (const unsigned secret : {0U, 1U, 0x53U, 255U}) {
    std::bitset<65536> seen;
    for (unsigned a = 0; a < 65536; ++a) {
      const auto shares = split_with(std::array{std::byte(secret)}, 3, 3,
                                     std::array{std::byte(a & 255U), std::byte(a >> 8U)});
      seen.set((std::to_integer<unsigned>(at(shares, 0)) << 8U) |
               std::to_integer<unsigned>(at(shares, 2)));
    }
    EXPECT_TRUE(seen.all()) << secret;
  }
}

TEST(Shamir, RefusesWhatCannotBeASetOfShares) {
  using Given = std::vector<std::pair<unsigned, std::string_view>>;
  const auto refused = [](const Given& given) {
    std::vector<Share> shares;
    shares.reserve(given.size());
    for (const auto& [index, data] : given) {
      shares.push_back(
          {static_cast<std::uint8_t>(index), SecretBuffer::copy_of(base::as_bytes(data))});
    }
    const auto combined = combine(shares);
    return combined ? "not refused" : combined.error().message;
  };
  EXPECT_EQ(refused({}), "no share is given");
  EXPECT_EQ(refused({{1, "ab"}, {0, "cd"}}), "no share has the number 0");
  EXPECT_EQ(refused({{7, "ab"}, {7, "ab"}}), "share 7 is given twice");
  EXPECT_EQ(refused({{1, "ab"}, {2, "abc"}}), "share 1 has 2 bytes, and share 2 has 3");
}

TEST(ShamirDeathTest, AThresholdThatCannotBeReachedIsOurOwnMistake) {
  const Bytes secret = to_bytes("x");
  EXPECT_DEATH(split(secret, 0, 3), "");
  EXPECT_DEATH(split(secret, 4, 3), "");
  EXPECT_DEATH(split(secret, 2, 256), "");
}

}  // namespace
}  // namespace tesseras::sharing
