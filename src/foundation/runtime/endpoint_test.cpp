#include "foundation/runtime/endpoint.hpp"

#include <gtest/gtest.h>

namespace tesseras::runtime {
namespace {

TEST(IpAddress, IsReadAndWritten) {
  for (const char* text : {"0.0.0.0", "192.0.2.1", "255.255.255.255", "::", "::1", "2001:db8::1",
                           "2001:db8:0:1:1:1:1:1", "fe80::1:2:3:4", "1::", "1:0:0:2::3",
                           "1:2:3:4:5:6:7:8", "::2:3:4:5:6:7:8"}) {
    const auto address = IpAddress::parse(text);
    // One zero alone is not shortened.
    const std::string_view expected =
        std::string_view(text) == "::2:3:4:5:6:7:8" ? "0:2:3:4:5:6:7:8" : text;
    ASSERT_TRUE(address) << text;
    EXPECT_EQ(address->text(), expected);
  }
  EXPECT_EQ(IpAddress::parse("2001:DB8:0:0:0:0:0:1")->text(), "2001:db8::1");
  EXPECT_EQ(IpAddress::parse("1:0:0:2:0:0:0:3")->text(), "1:0:0:2::3");
  EXPECT_EQ(IpAddress::parse("64:ff9b::192.0.2.1")->text(), "64:ff9b::c000:201");
}

TEST(IpAddress, OfIPv4HasOneForm) {
  EXPECT_EQ(IpAddress::parse("::ffff:192.0.2.1"), IpAddress::parse("192.0.2.1"));
  EXPECT_EQ(IpAddress::parse("::ffff:c000:201")->text(), "192.0.2.1");
  EXPECT_EQ(IpAddress::from_bytes(IpAddress::v4(1, 2, 3, 4).bytes), IpAddress::v4(1, 2, 3, 4));
  EXPECT_EQ(IpAddress::from_bytes(base::as_bytes("abc")), std::nullopt);
}

TEST(IpAddress, RefusesWhatIsNone) {
  for (const char* text : {"",
                           "1",
                           "1.2.3",
                           "1.2.3.4.5",
                           "1.2.3.256",
                           "01.2.3.4",
                           "1.2.3.4 ",
                           " 1.2.3.4",
                           "1.2.3.-4",
                           "+1.2.3.4",
                           "1..2.3",
                           "1.2.3.4.",
                           ":",
                           ":::",
                           "1:2:3:4:5:6:7",
                           "1:2:3:4:5:6:7:8:9",
                           "1:2:3:4:5:6:7::8",
                           "::1::2",
                           "1:",
                           ":1",
                           "g::",
                           "12345::",
                           "::1.2.3",
                           "1.2.3.4::",
                           "fe80::1%eth0",
                           "[::1]",
                           "::-1",
                           "::+1",
                           "0x1::"}) {
    EXPECT_FALSE(IpAddress::parse(text)) << text;
  }
}

TEST(IpAddress, KnowsItsKind) {
  const auto of = [](const char* text) { return *IpAddress::parse(text); };
  EXPECT_TRUE(of("127.8.8.8").is_loopback());
  EXPECT_TRUE(of("::1").is_loopback());
  EXPECT_FALSE(of("::2").is_loopback());
  EXPECT_TRUE(of("169.254.1.1").is_link_local());
  EXPECT_TRUE(of("febf::1").is_link_local());
  EXPECT_FALSE(of("fec0::1").is_link_local());
  for (const char* text : {"10.1.1.1", "172.16.0.1", "172.31.255.1", "192.168.3.4", "fd00::1"}) {
    EXPECT_TRUE(of(text).is_private()) << text;
  }
  for (const char* text : {"11.1.1.1", "172.32.0.1", "192.169.3.4", "2001:db8::1"}) {
    EXPECT_FALSE(of(text).is_private()) << text;
  }
  EXPECT_TRUE(of("224.0.0.251").is_multicast());
  EXPECT_TRUE(of("ff02::fb").is_multicast());
  EXPECT_TRUE(of("0.0.0.0").is_unspecified());
  EXPECT_TRUE(of("::").is_unspecified());
  EXPECT_EQ(of("192.0.2.77").block(), of("192.0.2.0"));
  EXPECT_EQ(of("2001:db8:1:2:3:4:5:6").block(), of("2001:db8:1::"));
}

TEST(Endpoint, IsReadAndWritten) {
  for (const char* text : {"192.0.2.1:4433", "[2001:db8::1]:4433", "0.0.0.0:0", "[::]:65535"}) {
    const auto endpoint = Endpoint::parse(text);
    ASSERT_TRUE(endpoint) << text;
    EXPECT_EQ(endpoint->text(), text);
  }
}

TEST(Endpoint, RefusesWhatIsNone) {
  for (const char* text : {"", ":", "192.0.2.1", "192.0.2.1:", "192.0.2.1:65536", "192.0.2.1:04433",
                           "192.0.2.1:-1", "192.0.2.1: 1", "[192.0.2.1]:1", "::1:4433", "[::1]",
                           "[::1]4433", "[::1:4433", "::1]:4433", "localhost:4433"}) {
    EXPECT_FALSE(Endpoint::parse(text)) << text;
  }
}

}  // namespace
}  // namespace tesseras::runtime
