#include "sim/scenarios/phase_one.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>

#include "sim/scenarios/checkers.hpp"

namespace tesseras::scenarios {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;

bool is_long() {
  const char* wish = std::getenv("TESSERAS_LONG");
  return wish != nullptr && *wish != '\0' && *wish != '0';
}

double figure(const Report& report, std::string_view name) {
  for (const auto& one : report.figures)
    if (one.name == name) return one.value;
  ADD_FAILURE() << "there is no figure " << name;
  return 0;
}

// As many seeds as there is time for.
void holds(std::string_view name, std::uint64_t seeds_long) {
  const Scenario* scenario = find_scenario(name);
  ASSERT_NE(scenario, nullptr);
  const std::uint64_t seeds = is_long() ? seeds_long : 2;
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    const auto report = scenario->play({.seed = seed, .nodes = scenario->nodes});
    EXPECT_THAT(report.faults, IsEmpty())
        << "./dev sim " << name << " --seed " << seed << " --nodes " << scenario->nodes;
  }
}

TEST(PhaseOne, Bootstrap) { holds("bootstrap", 300); }
TEST(PhaseOne, Converge) { holds("converge", 300); }
TEST(PhaseOne, PublishFind) { holds("publish-find", 300); }
TEST(PhaseOne, Departure) { holds("departure", 100); }
TEST(PhaseOne, ProofOfWork) { holds("proof-of-work", 100); }

TEST(PhaseOne, Demo) {
  // Sanitizers make a thousand nodes a matter of minutes.
#if defined(__SANITIZE_ADDRESS__)
  constexpr std::size_t nodes = 60;
#else
  const std::size_t nodes = is_long() ? 10'000 : 1000;
#endif
  const auto report = play_demo({.seed = 1, .nodes = nodes});
  EXPECT_THAT(report.faults, IsEmpty()) << "./dev sim demo --seed 1 --nodes " << nodes;
  EXPECT_GE(figure(report, "kept_by"), 15);
  EXPECT_EQ(figure(report, "found"), figure(report, "searches"));
}

TEST(PhaseOne, OneSeedIsOneHistory) {
  const auto history = [](std::uint64_t seed) {
    const auto report = play_demo({.seed = seed, .nodes = 15});
    return std::pair(report.digest, figure(report, "steps"));
  };
  EXPECT_EQ(history(7), history(7));
  EXPECT_NE(history(7), history(8));
}

// A checker that finds nothing when something is wrong is worth nothing.
TEST(Checkers, SayWhatIsWrong) {
  DhtWorld net({.seed = 3, .nodes = 6});
  net.start_all(milliseconds(100));
  net.world().run_for(seconds(30));
  EXPECT_THAT(everybody_is_known(net), IsEmpty());
  EXPECT_THAT(tables_are_true(net, false), IsEmpty());
  EXPECT_THAT(all_is_bounded(net), IsEmpty());
  const auto published = publish(net, 2, key_of_number(1));
  EXPECT_THAT(published.faults, IsEmpty());
  EXPECT_THAT(search(net, {3, 4}, {published.pointer}).faults, IsEmpty());

  net.crash(4);
  EXPECT_THAT(tables_are_true(net, false), Contains(HasSubstr("which is gone")));
  EXPECT_THAT(tables_are_true(net, true), IsEmpty());
  // Nobody but the one who lost everything, in a world of its own.
  net.world().network().set_group(net.world().node(5).address(), 1);
  net.crash(5);
  net.world().node(5).disk().remove_tree("/dht").value();
  net.start(5);
  net.world().run_for(seconds(20));
  EXPECT_THAT(everybody_is_known(net), Contains("node 5 has not found the network"));
  const auto missed = search(net, {3}, {{key_of_number(9), 2}});
  EXPECT_EQ(missed.found, 0U);
  EXPECT_THAT(missed.faults, Contains(HasSubstr("node 3 did not find what node 2 published")));
}

}  // namespace
}  // namespace tesseras::scenarios
