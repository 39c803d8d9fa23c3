#include "preserve/replica/slots.hpp"

#include <gtest/gtest.h>

namespace tesseras::replica {
namespace {

using runtime::IpAddress;

Caller caller(unsigned char key, const IpAddress& address, std::uint16_t port = 4433) {
  Caller made;
  made.key.bytes.fill(static_cast<std::byte>(key));
  made.from = {address, port};
  return made;
}
const auto here = IpAddress::v4(192, 0, 2, 1), next_door = IpAddress::v4(192, 0, 2, 9),
           elsewhere = IpAddress::v4(198, 51, 100, 1);

TEST(SlotsTest, AreLimitedForAPeer) {
  Slots slots({.max = 9, .per_peer_max = 2, .per_network_max = 9});
  auto one = slots.take(caller(1, here));
  const auto two = slots.take(caller(1, elsewhere));
  EXPECT_TRUE(one && two);
  EXPECT_FALSE(slots.take(caller(1, here)));
  EXPECT_TRUE(slots.take(caller(2, here)));
  one.reset();
  EXPECT_TRUE(slots.take(caller(1, here)));
}

TEST(SlotsTest, AreLimitedInAll) {
  Slots slots({.max = 2, .per_peer_max = 9, .per_network_max = 9});
  auto one = slots.take(caller(1, here));
  const auto two = slots.take(caller(2, elsewhere));
  EXPECT_TRUE(one && two);
  EXPECT_FALSE(slots.take(caller(3, IpAddress::v4(203, 0, 113, 1))));
  one.reset();
  EXPECT_TRUE(slots.take(caller(3, IpAddress::v4(203, 0, 113, 1))));
}

// Keys cost nothing to make.
TEST(SlotsTest, AreLimitedForANetwork) {
  Slots slots({.max = 99, .per_peer_max = 9, .per_network_max = 2});
  auto one = slots.take(caller(1, here));
  const auto two = slots.take(caller(2, next_door));
  EXPECT_TRUE(one && two);
  EXPECT_FALSE(slots.take(caller(3, here)));
  EXPECT_TRUE(slots.take(caller(3, elsewhere)));
  one.reset();
  EXPECT_TRUE(slots.take(caller(3, here)));
}

TEST(SlotsTest, KnowNeighbours) {
  Slots slots({.max = 99, .per_peer_max = 9, .per_network_max = 1});
  const auto at_home = IpAddress::v4(192, 168, 1, 2);
  const auto first = slots.take(caller(1, at_home));
  EXPECT_FALSE(slots.take(caller(2, at_home))) << "a private network somewhere";
  slots.set_own_addresses({IpAddress::v4(192, 168, 1, 77)});
  EXPECT_TRUE(slots.take(caller(2, at_home)));
  // On one machine each port is somebody else.
  const auto loopback = IpAddress::v4(127, 0, 0, 1);
  const auto second = slots.take(caller(3, loopback, 1));
  EXPECT_TRUE(slots.take(caller(4, loopback, 2)));
  EXPECT_FALSE(slots.take(caller(4, loopback, 1)));
}

TEST(SlotsTest, MayOutliveTheirPlace) {
  std::optional<Slots::Slot> left;
  {
    Slots slots({.max = 1, .per_peer_max = 1, .per_network_max = 1});
    if (auto taken = slots.take(caller(1, here))) left.emplace(*std::move(taken));
  }
  EXPECT_TRUE(left);
}

}  // namespace
}  // namespace tesseras::replica
