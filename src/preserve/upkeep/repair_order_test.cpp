#include "preserve/upkeep/repair_order.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace tesseras::upkeep {
namespace {

using base::Instant;
using std::chrono::hours;

constexpr Instant now = Instant{} + hours(1000);

struct Case {
  unsigned margin = 1000;
  unsigned hours_waiting = 1;
  bool is_free_riders = false, is_urgent = false, can_be_rebuilt = true;
};

PlanInNeed plan_of(std::size_t number, const Case& one) {
  PlanInNeed plan;
  plan.plan.bytes[0] = static_cast<std::byte>(number);
  plan.assessment.margin = one.margin;
  plan.assessment.is_urgent = one.is_urgent;
  plan.assessment.enough = 16;
  plan.assessment.at_hand = one.can_be_rebuilt ? 16 : 15;
  plan.since = Instant{} + hours(1000 - one.hours_waiting);
  plan.is_free_riders = one.is_free_riders;
  return plan;
}

// They stand here as they are to be sorted.
TEST(RepairOrder, IsByNeed) {
  const std::vector<Case> in_order = {
      {.margin = 0, .is_urgent = true},
      {.margin = 333, .hours_waiting = 9, .is_urgent = true},
      {.margin = 333, .hours_waiting = 8, .is_free_riders = true, .is_urgent = true},
      {.margin = 666, .hours_waiting = 80},
      {.margin = 666, .hours_waiting = 72, .is_free_riders = true},
      {.margin = 666, .hours_waiting = 71},
      {.margin = 1000, .hours_waiting = 5},
      {.margin = 1000, .hours_waiting = 4},
      {.margin = 1000, .hours_waiting = 4},  // by their ids
      {.margin = 500, .hours_waiting = 71, .is_free_riders = true},
      {.margin = 600, .hours_waiting = 71, .is_free_riders = true},
      {.margin = 0, .hours_waiting = 900, .is_urgent = true, .can_be_rebuilt = false},
      {.margin = 0, .hours_waiting = 800, .is_free_riders = true, .can_be_rebuilt = false},
  };
  std::vector<PlanInNeed> plans;
  for (std::size_t i = 0; i < in_order.size(); ++i) plans.push_back(plan_of(i, in_order[i]));
  for (int turn = 0; turn < 13; ++turn) {
    std::ranges::rotate(plans, plans.begin() + 5);
    if (turn % 2 == 0) std::ranges::reverse(plans);
    auto sorted = plans;
    sort_by_need(sorted, now);
    for (std::size_t i = 0; i < sorted.size(); ++i)
      EXPECT_EQ(static_cast<std::size_t>(sorted[i].plan.bytes[0]), i) << "turn " << turn;
  }
}

TEST(RepairOrder, LastIsNotNever) {
  std::vector<PlanInNeed> plans = {plan_of(0, {.margin = 1000, .hours_waiting = 0}),
                                   plan_of(1, {.margin = 800, .is_free_riders = true})};
  for (int hour = 0; hour < 100; ++hour) {
    // There is always another one that has just come into need.
    plans[plans[0].is_free_riders ? 1 : 0].since = now + hours(hour);
    sort_by_need(plans, now + hours(hour));
    EXPECT_EQ(plans[0].is_free_riders, hour + 1 >= 72) << hour;
  }
}

}  // namespace
}  // namespace tesseras::upkeep
