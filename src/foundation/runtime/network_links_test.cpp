#include "foundation/runtime/network_links.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tesseras::runtime {
namespace {

using ::testing::Contains;

bool is_on_link(const char* address, unsigned prefix_bits, const char* other) {
  return LinkAddress{*IpAddress::parse(address), prefix_bits}.is_on_link(*IpAddress::parse(other));
}

TEST(LinkAddress, SaysWhoIsOnTheSameNetwork) {
  EXPECT_TRUE(is_on_link("192.168.1.7", 96 + 24, "192.168.1.250"));
  EXPECT_FALSE(is_on_link("192.168.1.7", 96 + 24, "192.168.2.7"));
  EXPECT_TRUE(is_on_link("10.1.2.3", 96 + 20, "10.1.15.255"));
  EXPECT_FALSE(is_on_link("10.1.2.3", 96 + 20, "10.1.16.0"));
  EXPECT_TRUE(is_on_link("2001:db8::1", 64, "2001:db8::ffff"));
  EXPECT_FALSE(is_on_link("2001:db8::1", 64, "2001:db8:0:1::1"));
  EXPECT_TRUE(is_on_link("192.0.2.1", 128, "192.0.2.1"));
  EXPECT_FALSE(is_on_link("192.0.2.1", 128, "192.0.2.0"));
  EXPECT_FALSE(is_on_link("192.0.2.1", 96 + 24, "2001:db8::1"));
}

TEST(NetworkLinks, HaveTheLoopback) {
  const auto links = network_links();
  ASSERT_TRUE(links) << links.error().message;
  for (const auto& link : *links) {
    EXPECT_FALSE(link.name.empty());
    EXPECT_NE(link.index, 0U);
    EXPECT_FALSE(link.addresses.empty());
    if (!link.is_loopback) continue;
    EXPECT_THAT(link.addresses, Contains(LinkAddress{IpAddress::v4(127, 0, 0, 1), 96 + 8}));
    return;
  }
  GTEST_SKIP() << "this machine has no loopback";
}

}  // namespace
}  // namespace tesseras::runtime
