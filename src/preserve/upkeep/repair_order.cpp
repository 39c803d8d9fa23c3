#include "preserve/upkeep/repair_order.hpp"

#include <algorithm>
#include <tuple>

namespace tesseras::upkeep {

void sort_by_need(std::vector<PlanInNeed>& plans, base::Instant now) {
  const auto place = [&](const PlanInNeed& one) {
    const bool waits_for_others =
        one.is_free_riders && !one.assessment.is_urgent && now - one.since < free_rider_wait_max;
    return std::tuple(!one.assessment.can_be_rebuilt(), waits_for_others, one.assessment.margin,
                      one.since, one.plan);
  };
  std::ranges::sort(plans, {}, place);
}

}  // namespace tesseras::upkeep
