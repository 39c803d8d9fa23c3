#include "sim/scenarios/adversity.hpp"

#include "sim/scenarios/scenario_fixture.hpp"

namespace tesseras::scenarios {
namespace {

TEST(Adversity, Churn) { holds("churn", is_sanitized ? 20 : 0, is_long() ? 200 : 1); }
TEST(Adversity, Hostile) { holds("hostile", is_sanitized ? 25 : 0, is_long() ? 100 : 1); }
TEST(Adversity, Ground) { holds("ground", is_sanitized ? 40 : 0, is_long() ? 50 : 1); }

}  // namespace
}  // namespace tesseras::scenarios
