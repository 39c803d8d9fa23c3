#include "sim/scenarios/scenario.hpp"

#include <algorithm>
#include <array>

#include "sim/scenarios/adversity.hpp"
#include "sim/scenarios/centuries.hpp"
#include "sim/scenarios/lookups.hpp"
#include "sim/scenarios/month.hpp"
#include "sim/scenarios/phase_one.hpp"

namespace tesseras::scenarios {
namespace {

constexpr std::array scenarios = {
    Scenario{"bootstrap", "three nodes, of which two know the first, find one another", 3, 3,
             &play_bootstrap},
    Scenario{"converge", "ten nodes that know only the first find one another within 30 seconds",
             10, 3, &play_converge},
    Scenario{"publish-find", "what one publishes, all find, though the first node is killed", 10, 4,
             &play_publish_find},
    Scenario{"departure", "who goes without a word is out of all tables after three failures", 10,
             4, &play_departure},
    Scenario{"proof-of-work", "who has the wrong proof, or another's, is refused and known to none",
             10, 4, &play_proof_of_work},
    Scenario{"churn", "nodes crash and come back, links lose and break: then all is found", 40, 20,
             &play_churn},
    Scenario{"hostile", "a fifth of the nodes lie, and what is there is found", 100, 25,
             &play_hostile},
    Scenario{"ground", "twenty nodes with made-up places next to a key hide nothing", 200, 40,
             &play_ground},
    Scenario{"lookups", "how many hops and requests lookups need, in calm and in churn", 100, 20,
             &play_lookups},
    Scenario{"demo", "many nodes that know one; one publishes, the first two die, others find",
             1000, 5, &play_demo},
    Scenario{"month", "thirty days of whole nodes, all owners gone after one, beside the century's",
             60, 40, &play_month},
    Scenario{"century", "a hundred years of audits and repair, all owners gone after a day", 1000,
             100, &play_century},
    Scenario{"century-without-audits", "the same, and nobody asks for proofs", 1000, 100,
             &play_century_without_audits},
    Scenario{"century-without-diversity", "the same, and nobody looks at address blocks", 1000, 100,
             &play_century_without_diversity},
    Scenario{"century-without-repair", "the same, and only owners repair", 1000, 100,
             &play_century_without_repair},
};

}  // namespace

std::span<const Scenario> all_scenarios() { return scenarios; }

const Scenario* find_scenario(std::string_view name) {
  const auto at = std::ranges::find(scenarios, name, &Scenario::name);
  return at == scenarios.end() ? nullptr : &*at;
}

}  // namespace tesseras::scenarios
