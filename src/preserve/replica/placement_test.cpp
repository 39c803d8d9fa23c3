#include "preserve/replica/placement.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>

namespace tesseras::replica {
namespace {

using erasure::Shape;
using erasure::Tier;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr std::uint64_t gib = std::uint64_t{1} << 30U;
const Shape copies(Tier::copies, 1'000'000), medium(Tier::medium, 40'000'000),
    large(Tier::large, 300'000'000);

dht::NodeId id_of(std::size_t number) {
  dht::NodeId id;
  id.bytes[0] = static_cast<std::byte>(number / 256);
  id.bytes[1] = static_cast<std::byte>(number % 256);
  return id;
}

dht::Network network(std::size_t number) {
  return dht::network_of(*runtime::Endpoint::parse("198." + std::to_string(18 + number / 256) +
                                                   "." + std::to_string(number % 256) + ".1:4433"));
}

// Each in a network of its own.
std::vector<Candidate> candidates(std::size_t count) {
  std::vector<Candidate> all;
  for (std::size_t i = 0; i < count; ++i)
    all.push_back({id_of(i), {network(i)}, Standing::unknown, gib, {}});
  return all;
}

Fragments all_of(const Shape& shape) {
  Fragments all;
  for (unsigned i = 0; i < shape.fragments(); ++i) all.set(i);
  return all;
}

std::map<dht::NodeId, std::size_t> counts_of(const Placement& placement) {
  std::map<dht::NodeId, std::size_t> counts;
  for (const auto& choice : placement.choices) ++counts[choice.holder];
  return counts;
}

TEST(Placement, GivesEachOneToTheNearest) {
  for (const auto& shape : {copies, medium, large}) {
    const auto made = place(shape, all_of(shape), candidates(100));
    EXPECT_EQ(made.holders, shape.fragments());
    EXPECT_THAT(made.choices, SizeIs(shape.fragments()));
    EXPECT_THAT(made.homeless, IsEmpty());
    EXPECT_FALSE(made.breaks_diversity);
    for (unsigned i = 0; i < shape.fragments(); ++i)
      EXPECT_EQ(made.choices[i], (Choice{i, id_of(i), Reason::is_preferred}));
  }
}

TEST(Placement, BalancesWhereTheyAreFew) {
  for (const std::size_t count : {1UL, 2UL, 7UL, 10UL, 23UL}) {
    const auto made = place(medium, all_of(medium), candidates(count));
    EXPECT_THAT(made.homeless, IsEmpty());
    EXPECT_EQ(made.holders, count);
    for (const auto& [holder, fragments] : counts_of(made)) {
      EXPECT_GE(fragments, 24 / count);
      EXPECT_LE(fragments, 24 / count + 1);
    }
  }
}

TEST(Placement, NobodyKeepsTwoWholeCopies) {
  const auto made = place(copies, all_of(copies), candidates(3));
  EXPECT_EQ(made.holders, 3U);
  EXPECT_THAT(made.choices, SizeIs(3));
  EXPECT_THAT(made.homeless, SizeIs(4));
}

TEST(Placement, TheReliableComeFirst) {
  auto all = candidates(40);
  all[30].standing = Standing::in_credit;
  all[0].standing = Standing::in_debt;
  const auto made = place(medium, all_of(medium), all);
  EXPECT_EQ(made.choices[0].holder, id_of(30));
  EXPECT_FALSE(counts_of(made).contains(id_of(0)));
}

TEST(Placement, TwoOfANetworkAndNoMore) {
  auto all = candidates(40);
  for (std::size_t i = 0; i < 20; ++i) all[i].networks = {network(0)};
  const auto made = place(medium, all_of(medium), all);
  EXPECT_EQ(made.holders, 22U);  // 2 of the 20, and the other 20
  EXPECT_FALSE(made.breaks_diversity);
  EXPECT_THAT(made.homeless, IsEmpty());
  const auto counts = counts_of(made);
  for (std::size_t i = 2; i < 20; ++i) EXPECT_FALSE(counts.contains(id_of(i)));
}

TEST(Placement, OneOfANetworkWhereThereAreEnough) {
  auto all = candidates(40);
  for (std::size_t i = 0; i < 20; ++i) all[i].networks = {network(i / 2)};
  const auto made = place(medium, all_of(medium), all);
  EXPECT_EQ(made.holders, 24U);
  const auto counts = counts_of(made);
  for (std::size_t i = 0; i < 20; ++i) EXPECT_EQ(counts.contains(id_of(i)), i % 2 == 0) << i;
  // Whoever keeps one already counts, too.
  all[1].kept.set(0);
  Fragments lost;
  lost.set(1);
  EXPECT_EQ(place(medium, lost, all).choices.front().holder, id_of(2));
}

// One may be in two networks, and then counts in both.
TEST(Placement, EveryNetworkOfAPeerCounts) {
  auto all = candidates(25);
  all[0].networks = {network(100), network(101)};
  all[1].networks = {network(100)};
  all[2].networks = {network(101), network(100)};
  all[3].networks = {network(101)};
  const auto counts = counts_of(place(medium, all_of(medium), all));
  EXPECT_TRUE(counts.contains(id_of(0)));
  EXPECT_TRUE(counts.contains(id_of(1)));
  EXPECT_FALSE(counts.contains(id_of(2)));
  EXPECT_TRUE(counts.contains(id_of(3)));
}

TEST(Placement, RatherThanTooFewHoldersItBreaksThat) {
  auto all = candidates(12);
  for (auto& one : all) one.networks = {network(0)};
  const auto made = place(medium, all_of(medium), all);
  EXPECT_EQ(made.holders, holders_min);
  EXPECT_TRUE(made.breaks_diversity);
  EXPECT_THAT(made.homeless, IsEmpty());
  EXPECT_TRUE(std::ranges::contains(made.choices, Reason::of_too_few, &Choice::reason));
  // Those at home are in no network that counts.
  for (auto& one : all) one.networks.clear();
  const auto at_home = place(medium, all_of(medium), all);
  EXPECT_EQ(at_home.holders, 12U);
  EXPECT_FALSE(at_home.breaks_diversity);
}

TEST(Placement, RoomIsRespected) {
  auto all = candidates(30);
  for (std::size_t i = 0; i < 10; ++i) all[i].free_bytes = medium.fragment_bytes() - 1;
  const auto made = place(medium, all_of(medium), all);
  EXPECT_EQ(made.holders, 20U);
  for (std::size_t i = 0; i < 10; ++i) EXPECT_FALSE(counts_of(made).contains(id_of(i)));

  auto tight = candidates(2);
  for (auto& one : tight) one.free_bytes = 3 * medium.fragment_bytes();
  const auto some = place(medium, all_of(medium), tight);
  EXPECT_THAT(some.choices, SizeIs(6));
  EXPECT_THAT(some.homeless, SizeIs(18));
}

TEST(Placement, RepairGoesToWhoHasNone) {
  auto all = candidates(30);
  for (unsigned i = 0; i < 20; ++i) all[i].kept.set(i);
  Fragments lost;
  for (unsigned i = 20; i < 24; ++i) lost.set(i);
  const auto made = place(medium, lost, all);
  EXPECT_EQ(made.holders, 24U);
  ASSERT_THAT(made.choices, SizeIs(4));
  for (unsigned i = 0; i < 4; ++i) EXPECT_EQ(made.choices[i].holder, id_of(20 + i));
}

// Who was away has come back, and others keep the same by now.
TEST(Placement, ManyWhoKeepTheSameLeaveRoomForOthers) {
  for (const Shape& shape : {copies, medium}) {
    auto all = candidates(60);
    for (unsigned i = 0; i < 30; ++i) all[i].kept.set(i % 5);
    Fragments lost;
    lost.set(5);
    lost.set(6);
    const auto made = place(shape, lost, all);
    ASSERT_THAT(made.choices, SizeIs(2));
    for (unsigned i = 0; i < 2; ++i) EXPECT_EQ(made.choices[i].holder, id_of(30 + i));
  }
}

TEST(Placement, NobodyIsGivenWhatHeHas) {
  auto one = candidates(1);
  one[0].kept.set(3);
  Fragments wanted;
  wanted.set(3);
  EXPECT_THAT(place(medium, wanted, one).homeless, SizeIs(1));
}

TEST(Placement, NoneIsNobody) {
  const auto made = place(medium, all_of(medium), {});
  EXPECT_EQ(made.holders, 0U);
  EXPECT_THAT(made.homeless, SizeIs(24));
}

// Whatever the candidates, what is promised holds.
TEST(Placement, KeepsItsPromises) {
  std::mt19937_64 random(11);
  for (int round = 0; round < 400; ++round) {
    const Shape shape = std::array{copies, medium, large}.at(random() % 3);
    auto all = candidates(random() % 90);
    for (auto& one : all) {
      one.standing = static_cast<Standing>(random() % 3);
      one.networks = {network(random() % 40)};
    }
    const auto made = place(shape, all_of(shape), all);
    std::map<dht::Network, std::size_t> in_network;
    std::size_t least = 256, most = 0;
    for (const auto& [holder, fragments] : counts_of(made)) {
      least = std::min(least, fragments);
      most = std::max(most, fragments);
      const auto at = std::ranges::find(all, holder, &Candidate::id);
      ++in_network[at->networks.front()];
    }
    EXPECT_EQ(made.choices.size() + made.homeless.size(), shape.fragments());
    EXPECT_TRUE(made.choices.empty() || most - least <= 1);
    EXPECT_GE(made.holders, std::min({all.size(), holders_min}));
    const bool is_crowded = std::ranges::any_of(
        in_network, [](const auto& one) { return one.second > holders_per_network_max; });
    EXPECT_EQ(made.breaks_diversity, is_crowded);
    EXPECT_FALSE(made.holders > holders_min && is_crowded);
  }
}

}  // namespace
}  // namespace tesseras::replica
