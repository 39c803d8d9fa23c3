#include "preserve/replica/gathering.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tesseras::replica {
namespace {

using erasure::Shape;
using erasure::Tier;
using Ask = Gathering::Ask;
using Failure = Gathering::Failure;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const Shape copies(Tier::copies, 1'000'000), medium(Tier::medium, 40'000'000);

Fragments some(std::initializer_list<unsigned> fragments) {
  Fragments set;
  for (const unsigned one : fragments) set.set(one);
  return set;
}

std::vector<Ask> all_next(Gathering& gathering) {
  std::vector<Ask> all;
  while (const auto one = gathering.next()) all.push_back(*one);
  return all;
}
std::vector<unsigned> fragments_of(const std::vector<Ask>& asks) {
  std::vector<unsigned> all;
  for (const Ask& one : asks) all.push_back(one.fragment);
  return all;
}

// Each of 24 sources has one.
Gathering spread(Gathering gathering) {
  for (unsigned i = 0; i < medium.fragments(); ++i) gathering.add_source(some({i}));
  return gathering;
}

TEST(GatheringTest, AsksForThePackItself) {
  auto gathering = spread(Gathering(medium, {}));
  EXPECT_THAT(fragments_of(all_next(gathering)), ElementsAre(0, 1, 2, 3, 4, 5, 6, 7));
  gathering.done({3, 3});
  EXPECT_THAT(fragments_of(all_next(gathering)), ElementsAre(8));
}

TEST(GatheringTest, AsksForNoMoreThanItNeeds) {
  auto gathering = spread(Gathering(medium, {}));
  std::size_t asked = 0;
  while (!gathering.is_complete()) {
    const auto asks = all_next(gathering);
    asked += asks.size();
    ASSERT_FALSE(asks.empty() && gathering.under_way() == 0);
    for (const Ask& one : asks) gathering.done(one);
  }
  EXPECT_EQ(asked, 16U);
  EXPECT_EQ(gathering.come().count(), 16U);
  EXPECT_THAT(all_next(gathering), IsEmpty());

  Gathering one(copies, {});
  for (int i = 0; i < 7; ++i) one.add_source(some({0, 1, 2, 3, 4, 5, 6}));
  EXPECT_THAT(all_next(one), SizeIs(1));
}

TEST(GatheringTest, GoesOnWithWhatHasBegun) {
  auto gathering = spread(Gathering(medium, some({20, 9})));
  EXPECT_THAT(fragments_of(all_next(gathering)), ElementsAre(9, 20, 0, 1, 2, 3, 4, 5));
}

TEST(GatheringTest, SharesTheWorkOut) {
  Gathering gathering(medium, {});
  for (int i = 0; i < 3; ++i) gathering.add_source(Fragments().set());
  std::vector<std::size_t> counts(3);
  for (const Ask& one : all_next(gathering)) ++counts[one.source];
  EXPECT_THAT(counts, ElementsAre(2, 2, 2));  // and no more of each
}

TEST(GatheringTest, TakesOthersForThoseThatAreMissing) {
  auto gathering = spread(Gathering(medium, {}));
  const auto first = all_next(gathering);
  for (const Ask& one : first) gathering.failed(one, Failure::is_missing);
  EXPECT_THAT(fragments_of(all_next(gathering)), ElementsAre(8, 9, 10, 11, 12, 13, 14, 15));
}

TEST(GatheringTest, AsksALiarForNothingMore) {
  Gathering gathering(medium, {});
  gathering.add_source(Fragments().set());
  const auto honest = gathering.add_source(Fragments().set());
  const auto asks = all_next(gathering);
  for (const Ask& one : asks)
    gathering.failed(one, one.source == honest ? Failure::broke_off : Failure::has_lied);
  const auto again = all_next(gathering);
  EXPECT_THAT(again, SizeIs(2));
  for (const Ask& one : again) EXPECT_EQ(one.source, honest);
}

TEST(GatheringTest, TriesAgainWhatBrokeOffButNotForEver) {
  Gathering gathering(copies, {});
  gathering.add_source(some({0}));
  for (int i = 0; i < 3; ++i) {
    const auto ask = gathering.next();
    ASSERT_TRUE(ask) << i;
    gathering.failed(*ask, Failure::broke_off);
  }
  EXPECT_FALSE(gathering.next());
  EXPECT_EQ(gathering.under_way(), 0U);
  EXPECT_FALSE(gathering.is_complete());
  // Somebody else comes.
  gathering.add_source(some({0}));
  EXPECT_TRUE(gathering.next());
}

TEST(GatheringTest, ForgivesWhoGivesAndWhoIsNotToBlame) {
  Gathering gathering(medium, {}, {.moving_max = 1});
  gathering.add_source(Fragments().set());
  for (int round = 0; round < 10; ++round) {
    for (const auto why : {Failure::broke_off, Failure::was_spoilt, Failure::broke_off}) {
      const auto ask = gathering.next();
      ASSERT_TRUE(ask) << round;
      gathering.failed(*ask, why);
    }
    gathering.done(*gathering.next());
  }
  EXPECT_EQ(gathering.come().count(), 10U);
}

TEST(GatheringTest, PrefersWhoFailedLess) {
  Gathering gathering(copies, {});
  gathering.add_source(some({0}));
  gathering.add_source(some({0}));
  gathering.failed(*gathering.next(), Failure::broke_off);
  EXPECT_EQ(gathering.next(), (Ask{1, 0}));
}

TEST(GatheringTest, AsksOthersInThePlaceOfTheSlow) {
  auto gathering = spread(Gathering(medium, {}, {.moving_max = 20}));
  const auto asks = all_next(gathering);
  ASSERT_THAT(asks, SizeIs(16));
  gathering.stalled(asks[3].fragment);
  gathering.stalled(22);  // nobody was asked for it
  EXPECT_THAT(fragments_of(all_next(gathering)), ElementsAre(16));
  // Whichever comes first counts.
  for (const Ask& one : asks)
    if (one.fragment != 3 && one.fragment != 4) gathering.done(one);
  gathering.done({16, 16});
  EXPECT_FALSE(gathering.is_complete());
  gathering.done({3, 3});
  EXPECT_TRUE(gathering.is_complete());
}

TEST(GatheringTest, IsNotHeldUpByMoreThatAreSlowThanItAsksAtOnce) {
  auto gathering = spread(Gathering(medium, {}));
  for (int round = 0; round < 3; ++round)
    for (const Ask& one : all_next(gathering)) gathering.stalled(one.fragment);
  EXPECT_EQ(gathering.under_way(), 24U);
  // But not without end.
  auto careful = spread(Gathering(medium, {}, {.asked_max = 10}));
  for (int round = 0; round < 3; ++round)
    for (const Ask& one : all_next(careful)) careful.stalled(one.fragment);
  EXPECT_EQ(careful.under_way(), 10U);
}

}  // namespace
}  // namespace tesseras::replica
