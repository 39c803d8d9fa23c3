// Sealed tesserae open at their dates, and no sooner: node::Witnessing, node::OwnCapsules and
// node::PeerClocks on simulated machines.
#include "node/witnessing.hpp"
#include "sim/scenarios/capsule_fixture.hpp"
#include "sim/scenarios/scenario_fixture.hpp"

namespace tesseras::scenarios {
namespace {

using base::Code;

TEST_F(CapsuleTest, OpensAtItsDateWithoutItsOwner) {
  const auto tessera = sealed({1, 2, 3}, 2, hours(5));
  ASSERT_TRUE(keep(tessera, {1, 2, 3}));
  run_for(minutes(2));
  for (const std::size_t witness : {1U, 2U, 3U}) EXPECT_TRUE(has(tessera, witness)) << witness;
  net.crash(owner);
  net.crash(1);
  run_for(hours(5) - minutes(5));
  EXPECT_FALSE(has_parts(tessera));
  run_for(minutes(10));
  EXPECT_TRUE(is_open(tessera));
  // Its service done, it goes.
  run_for(hours(2));
  EXPECT_EQ(node(2).deposits(), 0U);
}

TEST_F(CapsuleTest, WhatIsDueWhileItIsOffIsReleasedWhenItIsOn) {
  const auto tessera = sealed({1}, 1, hours(2));
  ASSERT_TRUE(keep(tessera, {1}));
  run_for(minutes(2));
  ASSERT_TRUE(has(tessera, 1));
  net.crash(1);
  net.crash(owner);
  run_for(hours(9));
  EXPECT_FALSE(has_parts(tessera));
  net.world().node(1).restart();
  run_for(minutes(5));
  EXPECT_TRUE(is_open(tessera));
}

TEST_F(CapsuleTest, AClockThatIsYearsAheadReleasesNothing) {
  state.ahead[1] = 10 * a_year;
  state.ahead[owner] = 10 * a_year;
  const auto tessera = sealed({1}, 1, a_year);
  ASSERT_TRUE(keep(tessera, {1}, true));
  run_for(hours(3));
  EXPECT_EQ(node(1).deposits(), 1U);
  EXPECT_EQ(node(1).released(), 0U);
  EXPECT_FALSE(has_parts(tessera));
  // Also not in the moment in which it is put right, and others agree with it.
  for (int i = 0; i < 20; ++i) {
    state.ahead[1] = state.ahead[owner] = 10 * a_year;
    run_for(minutes(13));
    state.ahead[1] = state.ahead[owner] = seconds(0);
    run_for(minutes(7));
  }
  EXPECT_EQ(node(1).released(), 0U);
  EXPECT_FALSE(has_parts(tessera));
}

TEST_F(CapsuleTest, AClockThatIsYearsBehindReleasesLateAndNothingEarly) {
  state.ahead[1] = -10 * a_year;
  const auto tessera = sealed({1}, 1, hours(2));
  ASSERT_TRUE(keep(tessera, {1}));
  run_for(hours(6));
  EXPECT_EQ(node(1).released(), 0U);
  EXPECT_FALSE(has_parts(tessera));
  state.ahead[1] = seconds(0);
  run_for(minutes(5));
  EXPECT_TRUE(is_open(tessera));
}

TEST_F(CapsuleTest, ManyWhoLieDoNotMakeARightClockReleaseEarly) {
  for (std::size_t i = 2; i < nodes; ++i) state.ahead[i] = 10 * a_year;
  const auto tessera = sealed({1}, 1, a_year);
  ASSERT_TRUE(keep(tessera, {1}, true));
  run_for(hours(3));
  EXPECT_EQ(node(1).released(), 0U);
  EXPECT_FALSE(has_parts(tessera));
}

TEST_F(CapsuleTest, AWitnessThatIsAwayOrRefusesIsAskedAgain) {
  net.crash(1);
  const auto tessera = sealed({1, 2}, 1, 30 * hours(24));
  ASSERT_TRUE(node(2).refusals.block(tessera.content_hash(), in(seconds(0))));
  ASSERT_TRUE(keep(tessera, {1, 2}));
  run_for(hours(3));
  EXPECT_FALSE(has(tessera, 1));
  EXPECT_FALSE(has(tessera, 2));
  EXPECT_EQ(node(2).deposits(), 0U);
  net.world().node(1).restart();
  ASSERT_TRUE(node(2).refusals.unblock(tessera.content_hash()));
  run_for(again_every + minutes(10));
  EXPECT_TRUE(has(tessera, 1));
  EXPECT_TRUE(has(tessera, 2));
  EXPECT_EQ(node(1).deposits() + node(2).deposits(), 2U);
}

TEST_F(CapsuleTest, AWitnessThatHasLostItsDepositIsGivenItAgain) {
  if (is_sanitized) GTEST_SKIP() << "two months of nodes are the release build's";
  const auto tessera = sealed({1}, 1, 90 * again_every);
  ASSERT_TRUE(keep(tessera, {1}));
  run_for(minutes(2));
  ASSERT_TRUE(has(tessera, 1));
  const auto given = [&] {
    const auto& told = node(owner).releases->own().find(tessera.content_hash())->told;
    return told.at(net.id(1)).given_seconds;
  };
  const auto first = given();
  ASSERT_TRUE(node(1).releases->let_go(tessera.content_hash()));
  run_for(29 * again_every);
  EXPECT_EQ(node(1).deposits(), 0U);
  EXPECT_EQ(given(), first);
  // When it was given is on the disk.
  net.crash(owner);
  net.world().node(owner).restart();
  run_for(again_every + minutes(10));
  EXPECT_EQ(node(1).deposits(), 1U);
  EXPECT_GT(given(), first);
  // And whoever still has it is asked no sooner.
  const auto second = given();
  run_for(29 * again_every);
  EXPECT_EQ(given(), second);
  run_for(2 * again_every);
  EXPECT_GT(given(), second);
}

TEST_F(CapsuleTest, AClockThatWasAheadStopsNoOffer) {
  state.ahead[owner] = a_year;
  const auto tessera = sealed({1}, 1, 90 * again_every);
  ASSERT_TRUE(keep(tessera, {1}));
  run_for(minutes(2));
  ASSERT_TRUE(has(tessera, 1));
  state.ahead[owner] = seconds(0);
  ASSERT_TRUE(node(1).releases->let_go(tessera.content_hash()));
  run_for(minutes(2));
  EXPECT_EQ(node(1).deposits(), 1U);
}

// Though more parts come than are needed, in the same seconds.
TEST_F(CapsuleTest, AKeyThatIsWholeIsGivenOnAtOnce) {
  const auto tessera = sealed({1, 2, 3, 4}, 2, again_every);
  ASSERT_TRUE(keep(tessera, {1, 2, 3, 4}));
  run_for(again_every + minutes(2));
  for (std::size_t i = 0; i < nodes; ++i)
    EXPECT_TRUE(node(i).releases->releasing().has_key(tessera.content_hash())) << i;
}

TEST_F(CapsuleTest, OnceItIsOpenItIsOfferedToNobodyAgain) {
  if (is_sanitized) GTEST_SKIP() << "two months of nodes are the release build's";
  const auto tessera = sealed({1}, 1, again_every);
  ASSERT_TRUE(keep(tessera, {1}));
  run_for(40 * again_every);
  ASSERT_TRUE(is_open(tessera));
  EXPECT_EQ(node(1).deposits(), 0U);
  EXPECT_EQ(node(1).released(), 1U);
  const auto last = node(owner).releases->own().find(tessera.content_hash())->told.at(net.id(1));
  run_for(40 * again_every);
  const auto now = node(owner).releases->own().find(tessera.content_hash())->told.at(net.id(1));
  EXPECT_EQ(now.given_seconds, last.given_seconds);
}

TEST_F(CapsuleTest, WhatIsTakenBackIsReleasedByNobody) {
  const auto tessera = sealed({1, 2}, 1, hours(30));
  ASSERT_TRUE(keep(tessera, {1, 2}, true));
  run_for(minutes(2));
  ASSERT_TRUE(has(tessera, 1) && has(tessera, 2));
  net.crash(2);
  ASSERT_TRUE(node(owner).take(retraction_of(tessera)));
  EXPECT_TRUE(node(owner).releases->own().is_busy_taking_back(tessera.content_hash()));
  run_for(minutes(2));
  EXPECT_FALSE(node(owner).releases->own().is_busy_taking_back(tessera.content_hash()));
  EXPECT_EQ(node(1).deposits(), 0U);
  EXPECT_FALSE(has(tessera, 1));
  EXPECT_TRUE(has(tessera, 2));
  // Nobody is told twice, and whoever was away is told by a daemon that was started again.
  net.crash(owner);
  net.world().node(owner).restart();
  run_for(hours(3));
  net.world().node(2).restart();
  run_for(again_every + minutes(10));
  EXPECT_EQ(node(1).times_told, 1U);
  EXPECT_EQ(node(2).times_told, 1U);
  EXPECT_EQ(node(2).deposits(), 0U);
  EXPECT_EQ(node(owner).releases->own().find(tessera.content_hash()), nullptr);
  run_for(hours(30));
  EXPECT_FALSE(has_parts(tessera));
  // It is for good.
  EXPECT_EQ(keep(tessera, {1, 2}).error().code, Code::conflict);
  ASSERT_EQ(node(1).releases->knows(tessera.content_hash()), false);
}

TEST_F(CapsuleTest, AWitnessAsksBeforeItReleases) {
  const auto tessera = sealed({1}, 1, hours(2));
  ASSERT_TRUE(keep(tessera, {1}, true));
  run_for(minutes(2));
  state.said_by_others.insert(tessera.content_hash());
  run_for(hours(6));
  EXPECT_EQ(node(1).released(), 0U);
  EXPECT_FALSE(has_parts(tessera));
}

// The part would be the same, and would outlive a retraction.
TEST_F(CapsuleTest, AManifestThatTheAuthorHasNotSignedIsNoDeposit) {
  const auto tessera = sealed({1}, 1, hours(5));
  auto copy = sealed({1}, 1, hours(5));
  copy.key = tessera.key.clone();
  copy.binding = tessera.binding;
  copy.witnesses = tessera.witnesses;
  copy.mldsa65.back() ^= std::byte{1};
  copy.manifest = copy.manifest_with(tessera::Visibility::sealed, copy.witnesses);
  ASSERT_NE(copy.content_hash(), tessera.content_hash());
  copy.sign = [&](const std::string&) { return tessera.signature(); };
  ASSERT_TRUE(keep(copy, {1}));
  run_for(minutes(2));
  EXPECT_EQ(node(1).deposits(), 0U);
  ASSERT_TRUE(keep(tessera, {1}));
  run_for(minutes(2));
  EXPECT_EQ(node(1).deposits(), 1U);
}

TEST_F(CapsuleTest, ManyThatAreDueAtOnceAreAllReleased) {
  constexpr std::size_t count = 30;
  std::vector<release::SealedTessera> all;
  all.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    all.push_back(sealed({1}, 1, hours(4) + minutes(i)));
    ASSERT_TRUE(keep(all.back(), {1}));
  }
  run_for(hours(3));
  ASSERT_EQ(node(1).deposits(), count);
  net.crash(1);
  net.crash(owner);
  run_for(hours(20));
  net.world().node(1).restart();
  run_for(seconds(30));
  EXPECT_EQ(node(1).released(), count);
  run_for(minutes(10));
  for (const auto& one : all)
    EXPECT_TRUE(node(6).releases->releasing().has_key(one.content_hash()));
}

TEST_F(CapsuleTest, NobodyReachedIsGivenToLater) {
  const auto tessera = sealed({1}, 1, hours(2));
  ASSERT_TRUE(keep(tessera, {1}));
  run_for(minutes(2));
  const auto clocks_right_until_asked = [&] { return node(1).released() == 1U; };
  // Just as it is released, all others are gone.
  while (!clocks_right_until_asked()) run_for(milliseconds(100));
  for (std::size_t i = 0; i < nodes; ++i)
    if (i != 1) net.crash(i);
  run_for(hours(1));
  for (std::size_t i = 0; i < nodes; ++i)
    if (i != 1) net.world().node(i).restart();
  run_for(hours(2));
  EXPECT_TRUE(is_open(tessera));
}

// What PeerClocks says, by itself.
class PeerClocksTest : public CapsuleTest {
 protected:
  std::optional<Result<base::WallTime>> agreed(std::size_t by) {
    return net.finish(by, node(by).releases->clocks().agreed(), minutes(5));
  }
};

TEST_F(PeerClocksTest, AreAgreedWhereTheyShowTheSame) {
  const auto time = agreed(3);
  ASSERT_TRUE(time && *time);
  EXPECT_LE(std::abs((*time)->unix_seconds - in(seconds(0)).unix_seconds), 60);
}

TEST_F(PeerClocksTest, AreNotWhereOneIsYearsOffEitherWay) {
  for (const auto ahead : {10 * a_year, -10 * a_year}) {
    state.ahead[3] = ahead;
    const auto time = agreed(3);
    ASSERT_TRUE(time);
    EXPECT_FALSE(*time);
  }
}

TEST_F(PeerClocksTest, AreWhileMostAreRight) {
  state.ahead[1] = 10 * a_year;
  state.ahead[2] = -10 * a_year;
  state.ahead[4] = 20 * a_year;
  const auto time = agreed(3);
  ASSERT_TRUE(time);
  EXPECT_TRUE(*time);
}

TEST_F(PeerClocksTest, AreNotWhereTooFewAnswer) {
  for (const std::size_t gone : {0U, 1U, 2U}) net.crash(gone);
  const auto time = agreed(3);
  ASSERT_TRUE(time);
  EXPECT_FALSE(*time);
}

}  // namespace
}  // namespace tesseras::scenarios
