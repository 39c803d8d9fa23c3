#include "preserve/upkeep/assessment.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace tesseras::upkeep {
namespace {

using erasure::Shape;
using erasure::Tier;

const Shape copies(Tier::copies, 1'000'000), medium(Tier::medium, 40'000'000),
    large(Tier::large, 300'000'000);

Fragments some(unsigned begin, unsigned end) {
  Fragments set;
  for (unsigned i = begin; i < end; ++i) set.set(i);
  return set;
}
dht::NodeId id_of(unsigned number) {
  dht::NodeId id;
  id.bytes[19] = static_cast<std::byte>(number);
  return id;
}

// One fragment here, one with each of so many live holders, then with so many that are away.
Assessment assess_ones(const Shape& shape, unsigned live, unsigned away,
                       bool is_under_repair = false) {
  std::vector<Holder> holders;
  for (unsigned i = 1; i <= live + away; ++i) {
    const auto kept = some(i, i + 1);
    holders.push_back(
        {id_of(i), i <= live ? kept : Fragments{}, i <= live ? Fragments{} : kept, {}});
  }
  return assess({shape, some(0, 1), {}, holders, is_under_repair});
}

struct Case {
  const Shape& shape;
  unsigned live, away;  // besides our own
  Verdict verdict;
  unsigned missing;
  bool is_urgent, can_be_rebuilt;
};

TEST(Assess, FollowsTheThresholds) {
  constexpr auto healthy = Verdict::healthy;
  constexpr auto in_need = Verdict::needs_replication;
  const std::vector<Case> cases = {
      {copies, 6, 0, healthy, 0, false, true},   {copies, 5, 0, healthy, 0, false, true},
      {copies, 4, 0, in_need, 2, false, true},   {copies, 2, 0, in_need, 4, false, true},
      {copies, 1, 0, in_need, 5, true, true},    {copies, 0, 0, in_need, 6, true, true},
      {copies, 0, 5, healthy, 0, false, true},   {medium, 23, 0, healthy, 0, false, true},
      {medium, 20, 0, healthy, 0, false, true},  {medium, 19, 0, in_need, 4, false, true},
      {medium, 17, 0, in_need, 6, false, true},  {medium, 16, 0, in_need, 7, true, true},
      {medium, 15, 0, in_need, 8, true, true},   {medium, 14, 0, in_need, 9, true, false},
      {medium, 14, 9, healthy, 0, false, false},  // those who are away are expected to return
      {medium, 15, 4, in_need, 4, false, true},  {medium, 14, 5, in_need, 4, false, false},
      {large, 71, 0, healthy, 0, false, true},   {large, 57, 0, healthy, 0, false, true},
      {large, 56, 0, in_need, 15, false, true},  {large, 51, 0, in_need, 20, false, true},
      {large, 50, 0, in_need, 21, true, true},   {large, 46, 0, in_need, 25, true, false},
  };
  for (const auto& one : cases) {
    SCOPED_TRACE(std::to_string(one.shape.fragments()) + ": " + std::to_string(one.live) + " + " +
                 std::to_string(one.away));
    const auto made = assess_ones(one.shape, one.live, one.away);
    EXPECT_EQ(made.verdict, one.verdict);
    EXPECT_EQ(made.needs_replication, one.verdict == in_need);
    EXPECT_EQ(made.counted, 1 + one.live + one.away);
    EXPECT_EQ(made.at_hand, 1 + one.live);
    EXPECT_EQ(made.missing.count(), one.missing);
    EXPECT_EQ(made.is_urgent, one.is_urgent);
    EXPECT_EQ(made.can_be_rebuilt(), one.can_be_rebuilt);
  }
}

TEST(Assess, GoesOnUntilAllCount) {
  EXPECT_EQ(assess_ones(medium, 22, 0).verdict, Verdict::healthy);
  const auto made = assess_ones(medium, 22, 0, true);
  EXPECT_EQ(made.verdict, Verdict::needs_replication);
  EXPECT_EQ(made.missing, some(23, 24));
  EXPECT_EQ(assess_ones(medium, 23, 0, true).verdict, Verdict::healthy);
  EXPECT_EQ(assess_ones(copies, 5, 0, true).missing, some(6, 7));
}

TEST(Assess, CountsAFragmentOnce) {
  std::vector<Holder> holders;
  for (unsigned i = 0; i < 30; ++i) holders.push_back({id_of(i), some(2, 4), some(3, 5), {}});
  const auto made = assess({medium, some(0, 2), {}, holders, false});
  EXPECT_EQ(made.counted, 5U);
  EXPECT_EQ(made.at_hand, 4U);
  EXPECT_EQ(made.missing, some(5, 24));
}

// Two of them with one holder vanish together.
TEST(Assess, CountsAHolderOfCopiesOnce) {
  const std::vector<Holder> holders = {{id_of(1), some(0, 4), {}, {}},
                                       {id_of(2), some(1, 2), {}, {}},
                                       {id_of(3), {}, some(5, 7), {}}};
  const auto made = assess({copies, some(4, 5), {}, holders, false});
  EXPECT_EQ(made.counted, 4U);
  EXPECT_EQ(made.at_hand, 3U);
  EXPECT_EQ(made.verdict, Verdict::needs_replication);
  EXPECT_EQ(made.missing, some(2, 4) | some(6, 7));
}

TEST(Assess, MoreHoldersThanFragmentsAreEnough) {
  std::vector<Holder> holders;
  for (unsigned i = 1; i < 9; ++i) holders.push_back({id_of(i), some(0, 1), {}, {}});
  EXPECT_EQ(assess({copies, some(0, 1), {}, holders, true}).verdict, Verdict::healthy);
}

TEST(Assess, WaitsForTheLateOfALargeCodeOnly) {
  for (const auto& shape : {copies, medium, large}) {
    std::vector<Holder> holders;
    for (unsigned i = 1; i < shape.fragments(); ++i)
      holders.push_back({id_of(i), {}, {}, some(i, i + 1)});
    const auto made = assess({shape, some(0, 1), {}, holders, false});
    EXPECT_EQ(made.counted, shape == large ? 72U : 1U);
    EXPECT_EQ(made.at_hand, 1U);
    EXPECT_EQ(made.needs_replication, shape != large);
  }
}

TEST(Assess, MendsItsOwnFirst) {
  std::vector<Holder> holders;
  for (unsigned i = 1; i < 24; ++i) holders.push_back({id_of(i), some(i, i + 1), {}, {}});
  const auto healthy_elsewhere = assess({medium, {}, some(0, 1), holders, false});
  EXPECT_EQ(healthy_elsewhere.verdict, Verdict::corrupt_local);
  EXPECT_EQ(healthy_elsewhere.corrupt_here, some(0, 1));
  EXPECT_FALSE(healthy_elsewhere.needs_replication);
  EXPECT_TRUE(healthy_elsewhere.missing.none());
  holders.resize(17);
  const auto both = assess({medium, {}, some(0, 1), holders, false});
  EXPECT_EQ(both.verdict, Verdict::corrupt_local);
  EXPECT_TRUE(both.needs_replication);
  EXPECT_EQ(both.missing, some(0, 1) | some(18, 24));
}

TEST(Assess, SaysHowMuchIsLeftInPartsOfTheThreshold) {
  EXPECT_EQ(assess_ones(medium, 19, 0).margin, 1000U);
  EXPECT_EQ(assess_ones(medium, 16, 0).margin, 250U);
  EXPECT_EQ(assess_ones(medium, 15, 0).margin, 0U);
  EXPECT_EQ(assess_ones(medium, 3, 0).margin, 0U);
  EXPECT_EQ(assess_ones(large, 56, 0).margin, 1000U);
  EXPECT_EQ(assess_ones(copies, 4, 0).margin, 1000U);
  EXPECT_EQ(assess_ones(copies, 0, 0).margin, 0U);
}

}  // namespace
}  // namespace tesseras::upkeep
