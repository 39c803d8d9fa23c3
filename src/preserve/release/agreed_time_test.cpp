#include "preserve/release/agreed_time.hpp"

#include <gtest/gtest.h>

namespace tesseras::release {
namespace {

using base::Code;
using base::WallTime;

constexpr std::int64_t now = 2'000'000'000;
constexpr std::int64_t year = 365 * 86'400;

// One network for each, whose clock is so far ahead of `now`.
Clocks ahead(std::initializer_list<std::int64_t> seconds) {
  Clocks clocks;
  for (std::uint8_t number = 1; const auto by : seconds) {
    const dht::Network network{runtime::IpAddress::v4(203, 0, number++, 0), 0};
    clocks.emplace(network, WallTime{now + by, 0});
  }
  return clocks;
}

TEST(AgreedTime, IsOursWhereOthersAreNear) {
  const auto agreed = agreed_time({now, 0}, ahead({0, -5, 7, 3000, -3000}));
  ASSERT_TRUE(agreed) << agreed.error().message;
  EXPECT_EQ(agreed->unix_seconds, now);
}

TEST(AgreedTime, WantsFiveNetworks) {
  EXPECT_EQ(agreed_time({now, 0}, ahead({0, 0, 0, 0})).error().code, Code::unavailable);
  EXPECT_EQ(agreed_time({now, 0}, {}).error().code, Code::unavailable);
}

TEST(AgreedTime, IsNoneWhereOurClockIsWrong) {
  for (const auto by : {3601L, 10 * year, -3601L, -10 * year}) {
    const auto agreed = agreed_time({now + by, 0}, ahead({0, 0, 0, 0, 0}));
    EXPECT_EQ(agreed.error().code, Code::conflict) << by;
  }
  EXPECT_TRUE(agreed_time({now + 3600, 0}, ahead({0, 0, 0, 0, 0})));
}

TEST(AgreedTime, FewLiarsChangeNothing) {
  EXPECT_TRUE(agreed_time({now, 0}, ahead({10 * year, 10 * year, 0, 0, 0})));
  EXPECT_TRUE(agreed_time({now, 0}, ahead({-10 * year, 10 * year, 0, 0, 0, 1})));
}

// Many that are ahead, or half of them, cannot make a right clock publish early: they can only
// make it wait.
TEST(AgreedTime, ManyLiarsMakeUsWait) {
  EXPECT_EQ(agreed_time({now, 0}, ahead({year, year, year, 0, 0})).error().code, Code::conflict);
  EXPECT_TRUE(agreed_time({now, 0}, ahead({year, year, year, 0, 0, 0})));
}

}  // namespace
}  // namespace tesseras::release
