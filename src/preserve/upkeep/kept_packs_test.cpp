#include "preserve/upkeep/kept_packs.hpp"

#include <gtest/gtest.h>

namespace tesseras::upkeep {
namespace {

using base::Instant;

const Instant begin{};

base::PlanId plan(unsigned number) {
  base::PlanId id;
  id.bytes[0] = static_cast<std::byte>(number);
  return id;
}
// Nothing is read from it here.
KeptPacks::Pack pack() {
  return {std::make_shared<int>(), static_cast<const replica::PackFragments*>(nullptr)};
}
std::vector<base::PlanId> gone(KeptPacks& packs, Instant now) {
  std::vector<base::PlanId> plans;
  for (const auto& one : packs.take_gone(now, [](const auto&) { return true; }))
    plans.push_back(one.plan);
  return plans;
}

TEST(KeptPacks, KeepsThemForTheirTime) {
  KeptPacks packs(100);
  EXPECT_FALSE(packs.has(plan(1)));
  EXPECT_EQ(packs.find(plan(1)), nullptr);
  packs.keep(plan(1), pack(), 10, begin);
  EXPECT_TRUE(packs.has(plan(1)));
  EXPECT_TRUE(gone(packs, begin + (pack_time - std::chrono::seconds(1))).empty());
  EXPECT_EQ(gone(packs, begin + pack_time), std::vector{plan(1)});
  EXPECT_FALSE(packs.has(plan(1)));
  EXPECT_TRUE(gone(packs, begin + pack_time).empty());
}

TEST(KeptPacks, BeginsAnewWithTheNextRepair) {
  KeptPacks packs(100);
  packs.keep(plan(1), pack(), 10, begin);
  packs.keep(plan(1), pack(), 10, begin + std::chrono::days(3));
  EXPECT_EQ(packs.bytes(), 10U);
  EXPECT_TRUE(gone(packs, begin + pack_time).empty());
  EXPECT_TRUE(packs.has(plan(1)));
}

TEST(KeptPacks, TheOldestMakesRoom) {
  KeptPacks packs(100);
  packs.keep(plan(2), pack(), 40, begin);
  packs.keep(plan(1), pack(), 40, begin + std::chrono::hours(1));
  packs.keep(plan(3), pack(), 50, begin + std::chrono::hours(2));
  EXPECT_FALSE(packs.has(plan(2)));
  EXPECT_TRUE(packs.has(plan(1)) && packs.has(plan(3)));
  EXPECT_EQ(packs.bytes(), 90U);
  EXPECT_EQ(gone(packs, begin + std::chrono::hours(3)), std::vector{plan(2)});
}

TEST(KeptPacks, WhatIsTooLargeIsNotKept) {
  KeptPacks packs(100);
  packs.keep(plan(1), pack(), 101, begin);
  EXPECT_FALSE(packs.has(plan(1)));
  EXPECT_EQ(gone(packs, begin), std::vector{plan(1)});
  KeptPacks none(0);
  none.keep(plan(1), pack(), 1, begin);
  EXPECT_FALSE(none.has(plan(1)));
}

TEST(KeptPacks, DropsWhatNobodyWants) {
  KeptPacks packs(100);
  packs.keep(plan(1), pack(), 10, begin);
  packs.keep(plan(2), pack(), 10, begin);
  const auto dropped = packs.take_gone(begin, [](const auto& one) { return one == plan(2); });
  ASSERT_EQ(dropped.size(), 1U);
  EXPECT_EQ(dropped[0].plan, plan(1));
  EXPECT_TRUE(packs.has(plan(2)));
}

TEST(KeptPacks, OneOfAnEarlierRunIsOpenedWhenItIsWanted) {
  KeptPacks packs(100);
  packs.keep(plan(1), nullptr, 10, begin);
  EXPECT_TRUE(packs.has(plan(1)));
  EXPECT_EQ(packs.find(plan(1)), nullptr);
  EXPECT_EQ(packs.bytes(), 10U);
  const auto made = std::make_shared<int>();
  packs.opened(plan(1), {made, reinterpret_cast<const replica::PackFragments*>(made.get())});
  EXPECT_NE(packs.find(plan(1)), nullptr);
  EXPECT_EQ(gone(packs, begin + pack_time), std::vector{plan(1)});
}

TEST(KeptPacks, ACopyNeedsNone) {
  EXPECT_FALSE(is_worth_keeping(erasure::Tier::copies));
  EXPECT_TRUE(is_worth_keeping(erasure::Tier::medium));
  EXPECT_TRUE(is_worth_keeping(erasure::Tier::large));
}

}  // namespace
}  // namespace tesseras::upkeep
