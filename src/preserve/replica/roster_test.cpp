#include "preserve/replica/roster.hpp"

#include <gtest/gtest.h>

#include "foundation/runtime/disk_memory.hpp"
#include "foundation/wire/note.hpp"
#include "preserve/replica/limits.hpp"
#include "preserve/replica/rosters.hpp"

namespace tesseras::replica {
namespace {

using base::Code;

dht::NodeInfo node(unsigned char number) {
  dht::NodeInfo info;
  info.key.bytes.fill(static_cast<std::byte>(number));
  info.nonce = number;
  info.id = dht::node_id_of(info.key, info.nonce);
  info.endpoints = {{runtime::IpAddress::v4(192, 0, 2, number), 4433}};
  return info;
}

base::PlanId plan(unsigned char number) {
  base::PlanId id;
  id.bytes.fill(static_cast<std::byte>(number));
  return id;
}

Roster sample() {
  Roster roster{plan(9), {}};
  roster.add(node(1), 0, 1000);
  roster.add(node(1), 5, 2000);
  roster.add(node(2), 3, 3000);
  roster.holders.at(node(2).key).proved_seconds = 4000;
  return roster;
}

TEST(Roster, SaysWhoKeepsWhatSinceWhen) {
  Roster roster = sample();
  EXPECT_EQ(roster.holders.at(node(1).key).since_seconds, 1000);
  EXPECT_EQ(roster.kept(), Fragments(0b101001));
  roster.remove(node(1).key, 0);
  roster.remove(node(1).key, 5);
  roster.remove(node(1).key, 6);
  EXPECT_FALSE(roster.holders.contains(node(1).key)) << "with its last fragment";
  EXPECT_EQ(roster.kept(), Fragments(0b1000));
}

TEST(Roster, RemembersWhereANodeIsNow) {
  Roster roster = sample();
  auto moved = node(1);
  moved.endpoints = {{runtime::IpAddress::v4(198, 51, 100, 1), 4433}};
  roster.add(moved, 0, 5000);
  EXPECT_EQ(roster.holders.at(moved.key).node.endpoints, moved.endpoints);
  EXPECT_EQ(roster.holders.at(moved.key).since_seconds, 1000);
}

TEST(Roster, HasRoomForSoManyAndFitsAFileThen) {
  Roster roster{plan(1), {}};
  for (unsigned i = 0; i <= Roster::holders_max; ++i) {
    auto one = node(static_cast<unsigned char>(i));
    one.nonce = 60'000;
    one.endpoints.clear();
    for (std::uint16_t j = 0; j < dht::Limits::endpoints_max; ++j)
      one.endpoints.push_back({*runtime::IpAddress::parse("2001:db8:1:2:3:4:5:6"),
                               static_cast<std::uint16_t>(60'000 + j)});
    roster.add(one, 255, 1'770'000'000'000);
  }
  EXPECT_EQ(roster.holders.size(), Roster::holders_max);
  EXPECT_LE(encode(roster).size(), Limits::roster_bytes_max);
}

TEST(Roster, IsReadAsItWasWritten) {
  const Roster roster = sample();
  const auto read = decode_roster(encode(roster));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(*read, roster);
}

TEST(Roster, EveryFlippedBitIsFound) {
  const auto bytes = encode(sample());
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    auto other = bytes;
    other[i] ^= std::byte{0x10};
    ASSERT_FALSE(decode_roster(other)) << i;
    ASSERT_FALSE(decode_roster(base::ByteSpan(bytes).first(i))) << i;
  }
  const auto later = wire::seal_note({"TESSROS", 2, "a later one"}, {});
  EXPECT_EQ(decode_roster(later).error().code, Code::unsupported);
}

TEST(Rosters, AreThereAfterARestart) {
  runtime::MemoryDisk disk;
  const runtime::Log log(runtime::no_log(), "test");
  {
    auto rosters = Rosters::open(disk, "/data/rosters", log).value();
    EXPECT_EQ(rosters.of(plan(9)), (Roster{plan(9), {}}));
    ASSERT_TRUE(rosters.set(sample()));
    Roster other{plan(8), {}};
    ASSERT_TRUE(rosters.set(other));
    ASSERT_TRUE(rosters.remove(plan(8)));
    ASSERT_TRUE(rosters.remove(plan(8)));
  }
  disk.lose_power(1);
  const auto rosters = Rosters::open(disk, "/data/rosters", log).value();
  EXPECT_EQ(rosters.all().size(), 1U);
  EXPECT_EQ(rosters.of(plan(9)), sample());
}

TEST(Rosters, ADamagedOneGoesAndTheOthersStay) {
  runtime::MemoryDisk disk;
  const runtime::Log log(runtime::no_log(), "test");
  const auto file = runtime::path("/data/rosters") / plan(9).hex();
  {
    auto rosters = Rosters::open(disk, "/data/rosters", log).value();
    ASSERT_TRUE(rosters.set(sample()));
    ASSERT_TRUE(rosters.set(Roster{plan(8), {}}));
  }
  disk.flip_bit(file, 100, 3);
  const auto rosters = Rosters::open(disk, "/data/rosters", log).value();
  EXPECT_EQ(rosters.all().size(), 1U);
  EXPECT_TRUE(rosters.all().contains(plan(8)));
  EXPECT_FALSE(disk.status(file));
}

// Each with so many fragments of its own.
std::vector<Fragments> keepers(std::initializer_list<unsigned> counts) {
  std::vector<Fragments> all;
  unsigned next = 0;
  for (const unsigned count : counts) {
    Fragments one;
    for (unsigned i = 0; i < count; ++i) one.set(next++);
    all.push_back(one);
  }
  return all;
}

TEST(MayVanish, CountsTheWorstOfAllCases) {
  const erasure::Shape small(erasure::Tier::copies, 1000);
  const erasure::Shape medium(erasure::Tier::medium, std::uint64_t{5} << 20U);
  EXPECT_EQ(may_vanish(small, {}, 0), std::nullopt);
  EXPECT_EQ(may_vanish(small, {}, 1), 0U);
  EXPECT_EQ(may_vanish(small, keepers({1, 1, 1, 1, 1, 1, 1}), 0), 6U);
  EXPECT_EQ(may_vanish(small, keepers({1, 1}), 1), 2U);
  EXPECT_EQ(may_vanish(medium, keepers({15}), 0), std::nullopt);
  EXPECT_EQ(may_vanish(medium, keepers({15}), 2), 1U);
  EXPECT_EQ(may_vanish(medium, keepers({16}), 0), 0U);
  EXPECT_EQ(may_vanish(medium, keepers({1, 1, 1, 5, 8, 8}), 0), 1U) << "those with most go first";
  EXPECT_EQ(may_vanish(medium, keepers({4, 4, 4, 4, 4, 4}), 0), 2U);
  EXPECT_EQ(may_vanish(medium, std::vector<Fragments>(24, Fragments(1)), 0), std::nullopt)
      << "the same one is no other";
}

}  // namespace
}  // namespace tesseras::replica
