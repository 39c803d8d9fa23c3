#include "preserve/upkeep/watch.hpp"

#include <gtest/gtest.h>

#include "foundation/runtime/disk_memory.hpp"
#include "preserve/upkeep/tempo.hpp"

namespace tesseras::upkeep {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

dht::NodeInfo node(unsigned char number) {
  dht::NodeInfo info;
  info.key.bytes.fill(static_cast<std::byte>(number));
  info.id = dht::node_id_of(info.key, 0);
  info.endpoints = {{runtime::IpAddress::v4(192, 0, 2, number), 4433}};
  return info;
}

class WatchTest : public ::testing::Test {
 protected:
  WatchTest() { watch_.add(id_, plan_, false); }

  dht::HolderRecord record(unsigned char number, Fragments fragments) const {
    const auto info = node(number);
    dht::HolderRecord record;
    record.node = info.id;
    record.node_key = info.key;
    record.endpoints = info.endpoints;
    record.share = dht::PlanShare{id_, fragments};
    return record;
  }
  // The peer is asked for all that it shares, so often, an hour apart, and this is found.
  void find(unsigned char number, Finding finding, int times = 1) {
    auto& peer = watch_.peer(node(number).key);
    const auto shared = watch_.shared_with(node(number).key);
    for (int i = 0; i < times; ++i) {
      const auto next = peer.record.next(shared, 7);
      const std::vector<Sample> samples(next.begin(), next.end());
      now_.unix_seconds += 3600;
      peer.record.on_findings(now_, samples, std::vector<Finding>(samples.size(), finding));
    }
  }

  runtime::MemoryDisk disk_;
  runtime::Log log_{runtime::no_log(), "test"};
  replica::Rosters rosters_ = replica::Rosters::open(disk_, "/rosters", log_).value();
  base::PlanId id_{};
  replica::Plan plan_{base::ContentHash{}, 1000,
                      erasure::Shape(erasure::Tier::medium, std::uint64_t{5} << 20U),
                      std::vector<crypto::Blake3Hash>(24)};
  base::WallTime now_{1'770'000'000, 0};
  AuditNotes open_notes() {
    const Tempo as_it_is(std::chrono::days(1), base::Instant{});
    return AuditNotes::open(disk_, "/audits", as_it_is, now_, log_).value();
  }
  AuditNotes notes_ = open_notes();
  Watch watch_{rosters_, notes_, node(99).key, log_};
};

// A node that is off every night would otherwise see late who is gone, and forgive who lies.
TEST_F(WatchTest, ARestartForgetsNothing) {
  watch_.merge(id_, std::vector{record(1, Fragments(0b11)), record(2, Fragments(0b100))});
  find(1, Finding::lied);
  find(2, Finding::proved);
  find(2, Finding::offline, 80);
  watch_.was_asked(node(1).key, {}, now_);
  watch_.was_asked(node(2).key, {}, now_);

  auto notes = open_notes();
  Watch again(rosters_, notes, node(99).key, log_);
  again.add(id_, plan_, false);
  EXPECT_EQ(again.presence(node(1).key, {id_, 1}), Presence::lost);
  EXPECT_EQ(again.presence(node(2).key, {id_, 2}), Presence::lost);
  EXPECT_FALSE(again.may_be_given_more(node(1).key, now_));
  EXPECT_EQ(again.peer(node(2).key).record.last_asked()->at, now_);
  EXPECT_FALSE(again.peer(node(2).key).record.last_asked()->has_answered);
}

TEST_F(WatchTest, WhatWasMissingOfAPlanThatIsNoConcernAnyMoreIsForgotten) {
  watch_.merge(id_, std::vector{record(1, Fragments(0b11))});
  find(1, Finding::not_kept);
  now_.unix_seconds += seconds(failure_memory).count();
  EXPECT_FALSE(watch_.may_be_given_more(node(1).key, now_));
  watch_.remove(id_);
  watch_.remove(id_);
  EXPECT_TRUE(watch_.keepers().empty());
  EXPECT_FALSE(watch_.peer(node(1).key).record.failing_since({id_, 0}));
}

// Plans are read a few at a time after a start, and peers are asked meanwhile.
TEST_F(WatchTest, BeforeAllPlansAreAddedNothingIsForgotten) {
  watch_.merge(id_, std::vector{record(1, Fragments(0b11))});
  find(1, Finding::not_kept);
  watch_.was_asked(node(1).key, {}, now_);

  auto notes = open_notes();
  Watch again(rosters_, notes, node(99).key, log_);
  EXPECT_TRUE(again.next_questions(node(1).key, 7).empty());
  again.add(id_, plan_, false);
  again.all_are_added();
  EXPECT_FALSE(again.next_questions(node(1).key, 7).empty());
  EXPECT_EQ(again.presence(node(1).key, {id_, 1}), Presence::lost);
}

TEST_F(WatchTest, OnceAllAreAddedWhatIsOfOthersIsForgottenForGood) {
  watch_.merge(id_, std::vector{record(1, Fragments(0b11))});
  find(1, Finding::not_kept);
  watch_.was_asked(node(1).key, {}, now_);
  {
    auto notes = open_notes();
    Watch(rosters_, notes, node(99).key, log_).all_are_added();
  }
  auto notes = open_notes();
  Watch again(rosters_, notes, node(99).key, log_);
  EXPECT_FALSE(again.peer(node(1).key).record.failing_since({id_, 0}));
}

// Its holder may have gone while this node was off.
TEST_F(WatchTest, AProofCountsForAnotherOnlyWhereItsHolderWasThereLately) {
  watch_.merge(id_, std::vector{record(1, Fragments(0b11))});
  find(1, Finding::proved);
  const auto self = node(99).key;
  EXPECT_TRUE(watch_.is_with_another(self, {id_, 0}, now_));
  EXPECT_FALSE(watch_.is_with_another(node(1).key, {id_, 0}, now_));
  now_.unix_seconds += seconds(proof_memory).count() + 1;
  EXPECT_FALSE(watch_.is_with_another(self, {id_, 0}, now_));
}

TEST_F(WatchTest, WhatIsDisownedIsStillKnown) {
  watch_.add(id_, plan_, true);
  EXPECT_TRUE(watch_.plans().at(id_).is_own);
  watch_.disown(id_);
  EXPECT_FALSE(watch_.plans().at(id_).is_own);
  watch_.disown(base::PlanId{});
}

TEST_F(WatchTest, LearnsFromRecordsWhoKeepsWhat) {
  const auto before = record(99, Fragments().set(1));  // ourselves
  auto other = record(3, Fragments().set(2));
  other.share->plan.bytes[0] = std::byte{1};
  auto whole = record(4, Fragments());
  whole.share.reset();
  watch_.merge(id_, std::vector{before, other, whole, record(1, Fragments(0b11))});
  ASSERT_EQ(watch_.keepers().size(), 1U);
  const auto shared = watch_.shared_with(node(1).key);
  ASSERT_EQ(shared.size(), 2U);
  EXPECT_EQ(shared[1].name, (replica::FragmentName{id_, 1}));
  EXPECT_EQ(shared[1].size_bytes, plan_.shape.fragment_bytes());
  EXPECT_EQ(watch_.node_of(node(1).key).endpoints, node(1).endpoints);
  EXPECT_TRUE(watch_.node_of(node(2).key).endpoints.empty());
}

TEST_F(WatchTest, AHolderThatFallsSilentIsAwayThenLateThenGone) {
  watch_.merge(id_, std::vector{record(1, Fragments(0b11)), record(2, Fragments(0b100))});
  const auto first = [&] { return watch_.holders_of(id_).at(0); };
  EXPECT_EQ(first().live.count(), 2U);
  find(1, Finding::offline, 2);
  EXPECT_EQ(first().away.count(), 2U);
  find(1, Finding::offline, 26);
  EXPECT_EQ(first().late.count(), 2U);
  find(1, Finding::offline, 50);
  EXPECT_TRUE((first().live | first().away | first().late).none());
  find(1, Finding::proved);
  EXPECT_EQ(first().live.count(), 2U) << "at once when it is back";
  EXPECT_EQ(watch_.holders_of(id_).at(1).live.count(), 1U) << "and the other all the time";
}

TEST_F(WatchTest, WhatIsLetGoIsNotAskedForAnyMore) {
  watch_.merge(id_, std::vector{record(1, Fragments(0b11))});
  watch_.let_go(node(1).key, {id_, 0});
  EXPECT_EQ(watch_.shared_with(node(1).key).size(), 1U);
  EXPECT_EQ(rosters_.of(id_).kept(), Fragments(0b10));
}

TEST_F(WatchTest, AFragmentIsWithAnotherThatHasProvedItAndIsThere) {
  const replica::FragmentName name{id_, 0};
  watch_.merge(id_, std::vector{record(1, Fragments(0b01)), record(2, Fragments(0b10))});
  EXPECT_FALSE(watch_.is_with_another(node(3).key, name, now_)) << "it was only said";
  find(1, Finding::proved);
  find(2, Finding::proved);
  EXPECT_TRUE(watch_.is_with_another(node(3).key, name, now_));
  EXPECT_FALSE(watch_.is_with_another(node(1).key, name, now_)) << "it is this one";
  find(1, Finding::offline);
  EXPECT_FALSE(watch_.is_with_another(node(3).key, name, now_));
}

TEST_F(WatchTest, ProofsAreNotedWithTheirTime) {
  watch_.merge(id_, std::vector{record(1, Fragments(0b11))});
  watch_.was_asked(node(1).key, std::vector{replica::FragmentName{id_, 1}}, now_);
  EXPECT_EQ(rosters_.of(id_).holders.at(node(1).key).proved_seconds, now_.unix_seconds);
}

TEST(Tempo, IsTimeItselfForWhoLooksOnceADay) {
  const Tempo tempo(seconds(86'400), base::Instant{5});
  EXPECT_EQ(tempo.stretched(base::Instant{1'000'000'005}), base::Instant{1'000'000'005});
  EXPECT_EQ(tempo.stretched(base::WallTime{500, 0}), (base::WallTime{500, 0}));
  EXPECT_EQ(tempo.real(hours(3)), hours(3));
}

TEST(Tempo, IsFasterForWhoLooksMoreOften) {
  const Tempo tempo(seconds(24), base::Instant{0});
  EXPECT_EQ(tempo.stretched(base::WallTime{1001, 0}), (base::WallTime{3600 * 1001, 0}));
  EXPECT_EQ(tempo.stretched(base::Instant{1'000'000'000}), base::Instant{} + hours(1));
  EXPECT_EQ(tempo.real(hours(24)), seconds(24));
}

}  // namespace
}  // namespace tesseras::upkeep
