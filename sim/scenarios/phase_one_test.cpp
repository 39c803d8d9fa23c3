#include "sim/scenarios/phase_one.hpp"

#include "sim/scenarios/checkers.hpp"
#include "sim/scenarios/scenario_fixture.hpp"

namespace tesseras::scenarios {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(PhaseOne, Bootstrap) { holds("bootstrap", 0, is_long() ? 300 : 2); }
TEST(PhaseOne, Converge) { holds("converge", 0, is_long() ? 300 : 2); }
TEST(PhaseOne, PublishFind) { holds("publish-find", 0, is_long() ? 300 : 2); }
TEST(PhaseOne, Departure) { holds("departure", 0, is_long() ? 100 : 2); }
TEST(PhaseOne, ProofOfWork) { holds("proof-of-work", 0, is_long() ? 100 : 2); }

TEST(PhaseOne, Demo) {
  const std::size_t nodes = is_sanitized ? 60 : is_long() ? 10'000 : 1000;
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
