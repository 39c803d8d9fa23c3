#include "foundation/dns/neighbours.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

#include "foundation/dns/announcement.hpp"
#include "foundation/dns/limits.hpp"

namespace tesseras::dns {
namespace {

using runtime::Endpoint;
using runtime::IpAddress;
using std::chrono::minutes;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

const Name service = Name::of("_tesseras._udp.local");
const Name local = Name::of("local");

Announcement announcement(std::string_view label, IpAddress address) {
  return {service, service.child(label), local.child(label), 4433, {"v=1"}, {address}};
}
Announcement announcement(std::string_view label) {
  return announcement(label, IpAddress::v4(192, 168, 1, 20));
}

struct NeighboursTest : ::testing::Test {
  static runtime::NetworkLink link() {
    return {2,
            "lan0",
            false,
            {{IpAddress::v4(192, 168, 1, 7), 96 + 24},
             {*IpAddress::parse("2001:db8::7"), 64},
             {*IpAddress::parse("fe80::7"), 64}}};
  }
  std::vector<Neighbour> take(const std::vector<Record>& records) {
    return neighbours.take(now, records);
  }

  base::Instant now{1'000'000'000};
  Neighbours neighbours{service, service.child("me"), link()};
};

TEST_F(NeighboursTest, AreFoundOnce) {
  const auto other = announcement("other");
  const Neighbour expected{other.instance, {"v=1"}, {{IpAddress::v4(192, 168, 1, 20), 4433}}};
  EXPECT_THAT(take(records_of(other)), ElementsAre(expected));
  EXPECT_THAT(take(records_of(other)), IsEmpty());
  EXPECT_FALSE(neighbours.lacks_something());
}

TEST_F(NeighboursTest, AreFoundInWhateverOrderTheySpeak) {
  auto records = records_of(announcement("other"));
  std::ranges::reverse(records);
  EXPECT_THAT(take(records), SizeIs(1));
}

TEST_F(NeighboursTest, AreFoundFromSeveralMessages) {
  const auto records = records_of(announcement("other"));
  ASSERT_THAT(records, SizeIs(4));
  EXPECT_THAT(take({records[0]}), IsEmpty());
  EXPECT_TRUE(neighbours.lacks_something());
  EXPECT_THAT(neighbours.missing(), ElementsAre(Question{records[1].name, RecordType::srv, false},
                                                Question{records[1].name, RecordType::txt, false}));
  EXPECT_THAT(take({records[1]}), IsEmpty());
  EXPECT_THAT(neighbours.missing(),
              ElementsAre(Question{records[1].name, RecordType::txt, false},
                          Question{records[3].name, RecordType::a, false},
                          Question{records[3].name, RecordType::aaaa, false}));
  EXPECT_THAT(take({records[3]}), IsEmpty());
  EXPECT_THAT(take({records[2]}), SizeIs(1));
  EXPECT_THAT(neighbours.missing(), IsEmpty());
}

TEST_F(NeighboursTest, AreAskedForWhatTheyLackAFewTimes) {
  take({records_of(announcement("other"))[0]});
  for (int i = 0; i < Limits::follow_ups_max; ++i) EXPECT_THAT(neighbours.missing(), SizeIs(2));
  EXPECT_FALSE(neighbours.lacks_something());
  EXPECT_THAT(neighbours.missing(), IsEmpty());
}

TEST_F(NeighboursTest, AreToldOfAgainWhenTheyMove) {
  auto other = announcement("other");
  take(records_of(other));
  other.port = 5000;
  other.addresses = {IpAddress::v4(192, 168, 1, 21), *IpAddress::parse("2001:db8::21")};
  const auto found = take(records_of(other));
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_THAT(found[0].endpoints,
              UnorderedElementsAre(Endpoint{IpAddress::v4(192, 168, 1, 21), 5000},
                                   Endpoint{*IpAddress::parse("2001:db8::21"), 5000}));
}

TEST_F(NeighboursTest, AreForgottenWhenTheySayGoodbyeOrAreSilent) {
  const auto other = announcement("other");
  take(records_of(other));
  take(goodbye_of(other));
  EXPECT_EQ(neighbours.size(), 0U);
  EXPECT_THAT(take(records_of(other)), SizeIs(1));
  now = now + seconds(pointer_ttl_seconds);
  EXPECT_THAT(take({}), IsEmpty());
  EXPECT_EQ(neighbours.size(), 0U);
}

TEST_F(NeighboursTest, AreForgottenInTimeWhateverTheyClaim) {
  for (std::size_t i = 0; i < Limits::neighbours_max; ++i) {
    auto records = records_of(announcement("flood" + std::to_string(i)));
    for (auto& record : records) record.ttl_seconds = 0xffff'ffff;
    take(records);
  }
  const auto other = announcement("other");
  EXPECT_THAT(take(records_of(other)), IsEmpty());
  now = now + seconds(Limits::neighbour_ttl_seconds_max);
  EXPECT_THAT(take(records_of(other)), SizeIs(1));
  EXPECT_EQ(neighbours.size(), 1U);
}

TEST_F(NeighboursTest, AreOnTheNetworkItself) {
  for (const char* far : {"203.0.113.9", "127.0.0.1", "192.168.2.1", "224.0.0.251", "0.0.0.0",
                          "2001:db8:1::1", "::1", "fe80::20", "ff02::1"}) {
    EXPECT_THAT(take(records_of(announcement("other", *IpAddress::parse(far)))), IsEmpty()) << far;
  }
  auto both = announcement("other", *IpAddress::parse("203.0.113.9"));
  both.addresses.push_back(*IpAddress::parse("2001:db8::20"));
  const auto found = take(records_of(both));
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_THAT(found[0].endpoints, ElementsAre(Endpoint{*IpAddress::parse("2001:db8::20"), 4433}));
}

TEST_F(NeighboursTest, AreOthersOfOurKind) {
  EXPECT_THAT(take(records_of(announcement("me"))), IsEmpty());
  auto printer = announcement("other");
  printer.service = Name::of("_ipp._tcp.local");
  printer.instance = printer.service.child("printer");
  EXPECT_THAT(take(records_of(printer)), IsEmpty());
  // What claims to be of our kind and is not named so.
  EXPECT_THAT(take({{service, 4500, false, printer.instance},
                    {service, 4500, false, service},
                    {service, 4500, false, service.child("a").child("b")}}),
              IsEmpty());
  EXPECT_EQ(neighbours.size(), 0U);
  auto unreachable = announcement("other");
  unreachable.port = 0;
  EXPECT_THAT(take(records_of(unreachable)), IsEmpty());
}

TEST_F(NeighboursTest, DoNotSpeakForOneAnother) {
  take(records_of(announcement("other")));
  // Addresses count for the host that the instance names, and for no other.
  EXPECT_THAT(take({{local.child("somebody"), 120, true, IpAddress::v4(192, 168, 1, 99)}}),
              IsEmpty());
}

TEST_F(NeighboursTest, AreBounded) {
  std::size_t found = 0;
  for (int i = 0; i < 1000; ++i)
    found += take(records_of(announcement("n" + std::to_string(i)))).size();
  EXPECT_EQ(found, Limits::neighbours_max);
  EXPECT_EQ(neighbours.size(), Limits::neighbours_max);
  auto wide = announcement("n1");
  wide.addresses.clear();
  for (std::uint8_t i = 0; i < 100; ++i) wide.addresses.push_back(IpAddress::v4(192, 168, 1, i));
  const auto told = take(records_of(wide));
  ASSERT_THAT(told, SizeIs(1));
  EXPECT_THAT(told[0].endpoints, SizeIs(Limits::neighbour_endpoints_max));
}

TEST_F(NeighboursTest, DoNotKeepUsBusy) {
  auto other = announcement("other");
  std::size_t told = 0;
  for (std::uint16_t port = 1; port <= 1000; ++port) {
    other.port = port;
    told += take(records_of(other)).size();
  }
  EXPECT_EQ(told, Limits::tellings_per_minute);
  now = now + minutes(1);
  EXPECT_THAT(take({}), SizeIs(1));  // where it is in the end
}

TEST_F(NeighboursTest, NeedNotAnswerWhileTheyAreKnown) {
  take(records_of(announcement("other")));
  take({records_of(announcement("half"))[0]});
  EXPECT_THAT(neighbours.known(now),
              ElementsAre(Record{service, 4500, false, service.child("other")}));
  now = now + seconds(2249);
  EXPECT_THAT(neighbours.known(now), SizeIs(1));
  now = now + seconds(2);
  EXPECT_THAT(neighbours.known(now), IsEmpty());
  for (int i = 0; i < 60; ++i) take(records_of(announcement("n" + std::to_string(i))));
  EXPECT_THAT(neighbours.known(now), SizeIs(Limits::known_answers_max));
}

}  // namespace
}  // namespace tesseras::dns
