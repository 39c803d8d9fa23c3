#include "preserve/dht/reachability.hpp"

#include <gtest/gtest.h>

#include "preserve/dht/dht_fixture.hpp"

namespace tesseras::dht {
namespace {

using std::chrono::minutes;

base::Instant at(minutes since_start) { return base::Instant{} + since_start; }

class Reach : public testing::Test {
 protected:
  Endpoint us_ = endpoint("198.51.100.5:4433");
  Endpoint first_ = distinct_endpoint(1);
  Endpoint second_ = distinct_endpoint(2);
  Endpoint third_ = distinct_endpoint(3);
  Reachability reach_;
};

TEST_F(Reach, NeedsTwoNetworks) {
  EXPECT_TRUE(reach_.on_seen_at(at({}), first_, us_));
  EXPECT_TRUE(reach_.on_seen_at(at({}), second_, us_));
  reach_.on_reached(at({}), first_, us_);
  EXPECT_TRUE(reach_.endpoints(at({})).empty());
  Endpoint neighbour = first_;
  neighbour.address.bytes[15] = std::byte{99};
  reach_.on_reached(at({}), neighbour, us_);
  EXPECT_TRUE(reach_.endpoints(at({})).empty());
  reach_.on_reached(at({}), second_, us_);
  EXPECT_EQ(reach_.endpoints(at({})), std::vector{us_});
}

TEST_F(Reach, NeedsOneWhereThereIsOne) {
  EXPECT_TRUE(reach_.on_seen_at(at({}), first_, us_));
  reach_.on_reached(at({}), first_, us_);
  EXPECT_EQ(reach_.endpoints(at({})), std::vector{us_});
  // That more are known by now takes nothing back.
  EXPECT_TRUE(reach_.on_seen_at(at({}), second_, us_));
  EXPECT_EQ(reach_.endpoints(at({})), std::vector{us_});
}

TEST_F(Reach, NeedsOneInEachFamilyWhereThereIsOneOfBoth) {
  const Endpoint v6 = endpoint("[2001:db8::5]:4433");
  const Endpoint first_v6 = endpoint("[2001:db8:77::2]:4433");
  EXPECT_TRUE(reach_.on_seen_at(at({}), first_, us_));
  EXPECT_TRUE(reach_.on_seen_at(at({}), first_v6, v6));
  reach_.on_reached(at({}), first_, us_);
  EXPECT_EQ(reach_.endpoints(at({})), std::vector{us_});
  reach_.on_reached(at({}), first_v6, v6);
  EXPECT_EQ(reach_.endpoints(at({})), (std::vector{us_, v6}));
}

TEST_F(Reach, AsksNoMoreThanItNeeds) {
  for (const Endpoint& teller : {first_, second_}) {
    EXPECT_TRUE(reach_.on_seen_at(at({}), teller, us_));
    reach_.on_reached(at({}), teller, us_);
    EXPECT_FALSE(reach_.on_seen_at(at({}), teller, us_));
  }
  EXPECT_FALSE(reach_.on_seen_at(at({}), third_, us_));
  EXPECT_FALSE(reach_.on_seen_at(at(minutes(59)), third_, us_));
  EXPECT_TRUE(reach_.on_seen_at(at(minutes(60)), third_, us_));
}

TEST_F(Reach, IsLostWhenNobodyConfirmsIt) {
  reach_.on_seen_at(at({}), first_, us_);
  reach_.on_reached(at({}), first_, us_);
  EXPECT_EQ(reach_.endpoints(at(minutes(119))).size(), 1U);
  EXPECT_TRUE(reach_.endpoints(at(minutes(120))).empty());
  EXPECT_TRUE(reach_.on_seen_at(at(minutes(120)), first_, us_));
}

TEST_F(Reach, BelievesTheManyOfEachFamily) {
  const Endpoint false_place = endpoint("203.0.113.66:1");
  const Endpoint v6 = endpoint("[2001:db8::5]:4433");
  reach_.on_seen_at(at({}), first_, false_place);
  reach_.on_reached(at({}), first_, false_place);
  EXPECT_EQ(reach_.endpoints(at({})), std::vector{false_place});
  for (const Endpoint& teller : {second_, third_}) {
    reach_.on_seen_at(at({}), teller, us_);
    reach_.on_reached(at({}), teller, us_);
  }
  for (const char* teller : {"[2001:db8:77::2]:4433", "[2001:db8:78::2]:4433"}) {
    reach_.on_seen_at(at({}), endpoint(teller), v6);
    reach_.on_reached(at({}), endpoint(teller), v6);
  }
  EXPECT_EQ(reach_.endpoints(at({})), (std::vector{us_, v6}));
}

TEST_F(Reach, BelievesNobodyAboutTheOtherFamily) {
  const Endpoint victim = endpoint("[2001:db8:66::1]:443");
  EXPECT_FALSE(reach_.on_seen_at(at({}), first_, victim));
  reach_.on_reached(at({}), first_, victim);
  EXPECT_TRUE(reach_.endpoints(at({})).empty());
}

TEST_F(Reach, DoesNotBelieveWhatNobodyMayTell) {
  for (const char* inner : {"127.0.0.1:4433", "192.168.1.1:4433", "198.51.100.5:0"})
    EXPECT_FALSE(reach_.on_seen_at(at({}), first_, endpoint(inner)));
  EXPECT_TRUE(reach_.on_seen_at(at({}), endpoint("127.0.0.1:1"), endpoint("127.0.0.1:2")));
}

TEST_F(Reach, RemembersFewClaims) {
  for (std::uint32_t n = 0; n < 100; ++n) reach_.on_reached(at({}), first_, distinct_endpoint(n));
  reach_.on_seen_at(at({}), first_, us_);
  reach_.on_reached(at({}), first_, us_);
  EXPECT_LE(reach_.endpoints(at({})).size(), 2U);
}

}  // namespace
}  // namespace tesseras::dht
