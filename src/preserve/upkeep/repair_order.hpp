// Which of several plans in need is repaired first (spec/repair.md, section 4). Pure.
#pragma once

#include <chrono>
#include <vector>

#include "foundation/base/strong_id.hpp"
#include "foundation/base/time.hpp"
#include "preserve/upkeep/assessment.hpp"

namespace tesseras::upkeep {

// A free rider's plan is behind others' no longer than that.
inline constexpr std::chrono::days free_rider_wait_max{3};

struct PlanInNeed {
  base::PlanId plan;
  Assessment assessment;
  base::Instant since;  // the need was seen
  // Of a node that keeps less than is kept for it.
  bool is_free_riders = false;
};

// The first to be repaired first; the same order for the same plans, however they stand.
void sort_by_need(std::vector<PlanInNeed>& plans, base::Instant now);

}  // namespace tesseras::upkeep
