#include "preserve/dht/rate_limit.hpp"

#include <gtest/gtest.h>

#include "preserve/dht/dht_fixture.hpp"

namespace tesseras::dht {
namespace {

using base::Instant;
using std::chrono::milliseconds;
using std::chrono::seconds;

Instant at(milliseconds since_start) { return Instant{} + since_start; }

NodeId peer(std::uint64_t n) {
  runtime::Prng prng(n);
  return random_id<NodeId>(prng);
}

class Limit : public testing::Test {
 protected:
  std::size_t admitted(std::size_t tries, milliseconds now, std::uint64_t who,
                       const Endpoint& from) {
    std::size_t count = 0;
    for (std::size_t i = 0; i < tries; ++i)
      if (limit_.admit(at(now), peer(who), from)) ++count;
    return count;
  }

  RateLimitOptions options_{
      .peer = {10, milliseconds(100)}, .network = {25, milliseconds(50)}, .remembered_max = 100};
  RateLimit limit_{options_};
};

TEST_F(Limit, GivesABurstAndThenAStream) {
  const Endpoint from = distinct_endpoint(1);
  EXPECT_EQ(admitted(50, milliseconds(0), 1, from), 10U);
  EXPECT_EQ(admitted(50, milliseconds(99), 1, from), 0U);
  EXPECT_EQ(admitted(50, milliseconds(100), 1, from), 1U);
  EXPECT_EQ(admitted(50, milliseconds(600), 1, from), 5U);
  // It fills up to a burst, however long it was quiet.
  EXPECT_EQ(admitted(50, seconds(100), 1, from), 10U);
}

TEST_F(Limit, CountsWhatCostsMore) {
  const Endpoint from = distinct_endpoint(1);
  EXPECT_TRUE(limit_.admit(at({}), peer(1), from, 8));
  EXPECT_FALSE(limit_.admit(at({}), peer(1), from, 3));
  EXPECT_TRUE(limit_.admit(at({}), peer(1), from, 2));
}

TEST_F(Limit, HoldsANetworkHoweverManyPeersItHas) {
  std::size_t count = 0;
  for (std::uint64_t n = 0; n < 50; ++n)
    count += admitted(10, milliseconds(0), n,
                      {IpAddress::v4(203, 0, 113, static_cast<std::uint8_t>(n)), 1});
  EXPECT_EQ(count, 25U);
  EXPECT_EQ(admitted(10, milliseconds(0), 99, distinct_endpoint(1)), 10U);
}

TEST_F(Limit, HoldsAPeerWhereverItIs) {
  std::size_t count = 0;
  for (std::uint32_t n = 0; n < 50; ++n)
    count += admitted(10, milliseconds(0), 1, distinct_endpoint(n));
  EXPECT_EQ(count, 10U);
}

TEST_F(Limit, LetsOurOwnHomeBe) {
  limit_.set_own_addresses({IpAddress::v4(192, 168, 1, 1)});
  std::size_t home = 0, other = 0;
  for (std::uint64_t n = 0; n < 50; ++n) {
    home += admitted(1, milliseconds(0), n, {IpAddress::v4(192, 168, 1, 7), 1});
    other += admitted(1, milliseconds(0), 100 + n, {IpAddress::v4(192, 168, 2, 7), 1});
  }
  EXPECT_EQ(home, 50U);
  EXPECT_EQ(other, 25U);
}

TEST_F(Limit, RemembersNoMoreThanItMay) {
  std::size_t count = 0;
  for (std::uint32_t n = 0; n < 10'000; ++n)
    count += admitted(1, milliseconds(0), n, distinct_endpoint(n));
  EXPECT_LE(limit_.remembered(), 2 * options_.remembered_max);
  // Beyond those that are remembered all share one bucket.
  EXPECT_EQ(count, options_.remembered_max + options_.peer.burst);
  // Those that were there before are served as before.
  EXPECT_EQ(admitted(20, milliseconds(0), 3, distinct_endpoint(3)), 9U);
  // And once the crowd has gone, there is room again.
  EXPECT_EQ(admitted(20, seconds(10), 20'000, distinct_endpoint(20'000)), 10U);
  EXPECT_LE(limit_.remembered(), 2U);
}

TEST_F(Limit, ForgetsWhoHasNotAskedForLong) {
  options_.remembered_max = 4096;
  RateLimit limit(options_);
  for (std::uint32_t n = 0; n < 2000; ++n)
    EXPECT_TRUE(limit.admit(at(seconds(n)), peer(n), distinct_endpoint(n)));
  EXPECT_LE(limit.remembered(), 2 * 64U);
}

TEST_F(Limit, TakesNothingForWhatItRefuses) {
  const Endpoint crowded{IpAddress::v4(203, 0, 113, 1), 1};
  for (std::uint64_t n = 0; n < 3; ++n) admitted(10, milliseconds(0), n, crowded);
  EXPECT_EQ(admitted(10, milliseconds(0), 50, crowded), 0U);
  EXPECT_EQ(admitted(20, milliseconds(0), 50, distinct_endpoint(9)), 10U);
}

}  // namespace
}  // namespace tesseras::dht
