#include "preserve/dht/address_policy.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "preserve/dht/dht_fixture.hpp"

namespace tesseras::dht {
namespace {

using base::Code;

IpAddress address(std::string_view text) { return IpAddress::parse(text).value(); }

TEST(Network, IsA24OrA48) {
  EXPECT_EQ(network_of(endpoint("192.0.2.1:1")), network_of(endpoint("192.0.2.254:2")));
  EXPECT_NE(network_of(endpoint("192.0.2.1:1")), network_of(endpoint("192.0.3.1:1")));
  EXPECT_EQ(network_of(endpoint("[2001:db8:1::1]:1")), network_of(endpoint("[2001:db8:1:9::1]:1")));
  EXPECT_NE(network_of(endpoint("[2001:db8:1::1]:1")), network_of(endpoint("[2001:db8:2::1]:1")));
}

TEST(Network, OfLoopbackIsEachAddressAndPort) {
  EXPECT_NE(network_of(endpoint("127.0.0.1:1")), network_of(endpoint("127.0.0.1:2")));
  EXPECT_NE(network_of(endpoint("127.0.0.1:1")), network_of(endpoint("127.0.0.2:1")));
  EXPECT_NE(network_of(endpoint("[::1]:1")), network_of(endpoint("[::1]:2")));
}

TEST(Network, IsExemptOnlyWhenPrivateAndOurs) {
  const std::vector<IpAddress> own = {address("192.168.7.3"), address("203.0.113.9")};
  EXPECT_TRUE(is_exempt(network_of(endpoint("192.168.7.200:1")), own));
  EXPECT_FALSE(is_exempt(network_of(endpoint("192.168.8.200:1")), own));
  EXPECT_FALSE(is_exempt(network_of(endpoint("203.0.113.10:1")), own));
  EXPECT_FALSE(is_exempt(network_of(endpoint("192.168.7.200:1")), {}));
}

TEST(Address, OfANarrowerReachThanItsTellersIsNotBelieved) {
  const auto world = address("203.0.113.9");
  const auto site = address("10.0.0.1");
  const auto link = address("fe80::1");
  const auto machine = address("127.0.0.1");
  EXPECT_TRUE(may_tell(world, address("2001:db8::1")));
  EXPECT_FALSE(may_tell(world, site));
  EXPECT_FALSE(may_tell(world, link));
  EXPECT_FALSE(may_tell(world, machine));
  EXPECT_TRUE(may_tell(site, world));
  EXPECT_TRUE(may_tell(site, link));
  EXPECT_FALSE(may_tell(site, machine));
  EXPECT_TRUE(may_tell(machine, site));
  EXPECT_TRUE(may_tell(machine, IpAddress::v6_loopback()));
}

TEST(EndpointBytes, AreReadAsWritten) {
  for (const char* text : {"192.0.2.1:4433", "127.0.0.1:1", "[2001:db8::1]:65535", "[::1]:80"}) {
    const base::Bytes bytes = encode(endpoint(text));
    EXPECT_EQ(decode_endpoint(bytes).value(), endpoint(text));
  }
  EXPECT_EQ(base::to_hex(encode(endpoint("192.0.2.1:4433"))), "c00002011151");
}

TEST(EndpointBytes, AreRefused) {
  const auto code_of = [](std::string_view hex) {
    base::Bytes bytes(hex.size() / 2);
    EXPECT_TRUE(base::from_hex(hex, bytes));
    const auto decoded = decode_endpoint(bytes);
    EXPECT_FALSE(decoded) << hex;
    return decoded ? Code::internal : decoded.error().code;
  };
  EXPECT_EQ(code_of(""), Code::corrupt);
  EXPECT_EQ(code_of("c000020111"), Code::corrupt);
  EXPECT_EQ(code_of("c0000201115100"), Code::corrupt);
  EXPECT_EQ(code_of("00000000000000000000ffffc00002011151"), Code::corrupt);
  EXPECT_EQ(code_of("c00002010000"), Code::invalid);
  EXPECT_EQ(code_of("000000001151"), Code::invalid);
  EXPECT_EQ(code_of("e00000011151"), Code::invalid);
  EXPECT_EQ(code_of("ffffffff1151"), Code::invalid);
  EXPECT_EQ(code_of("ff0200000000000000000000000000011151"), Code::invalid);
}

}  // namespace
}  // namespace tesseras::dht
