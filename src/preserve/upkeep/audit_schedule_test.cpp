#include "preserve/upkeep/audit_schedule.hpp"

#include <gtest/gtest.h>

#include <array>
#include <map>
#include <set>
#include <vector>

namespace tesseras::upkeep {
namespace {

using base::WallTime;
using std::chrono::hours;
using std::chrono::seconds;

constexpr std::int64_t hour = 3600;
constexpr std::int64_t round_seconds = 12 * hour;
constexpr WallTime start{40'000 * round_seconds, 0};

dht::NodePublicKey peer(unsigned char number) {
  dht::NodePublicKey key;
  key.bytes.fill(static_cast<std::byte>(number));
  return key;
}
WallTime at(std::int64_t seconds_later) { return {start.unix_seconds + seconds_later, 0}; }

WallTime next(unsigned char number, std::optional<LastAsked> last, WallTime now,
              std::uint64_t seed = 1) {
  return next_audit(peer(number), last, now, round_time, seed);
}

// In thirty days, of a peer that always answers.
TEST(AuditSchedule, AsksOnceInEachRound) {
  std::optional<LastAsked> last;
  int times = 0;
  std::set<std::int64_t> hours_of_day;
  for (WallTime now = start; now < at(30 * 24 * hour); now.unix_seconds += 60) {
    if (next(9, last, now) > now) continue;
    last = LastAsked{now, true};
    ++times;
    hours_of_day.insert(now.unix_seconds / hour % 24);
  }
  EXPECT_EQ(times, 60);
  EXPECT_GE(hours_of_day.size(), 15U);  // whoever is off at the same hours each day is met
}

TEST(AuditSchedule, HasAMomentForEachPeer) {
  std::set<WallTime> moments;
  for (unsigned char number = 0; number < 100; ++number) {
    const auto moment = next(number, {}, start);
    EXPECT_GE(moment, start);
    EXPECT_LT(moment, at(round_seconds));
    EXPECT_NE(moment, next(number, {}, start, 2));
    moments.insert(moment);
  }
  EXPECT_GE(moments.size(), 95U);
}

TEST(AuditSchedule, AsksAgainWhoDidNotAnswer) {
  const auto moment = next(1, {}, start);
  const WallTime later{moment.unix_seconds + 5, 0};
  EXPECT_EQ(next(1, LastAsked{moment, false}, later).unix_seconds, moment.unix_seconds + hour);
  EXPECT_GE(next(1, LastAsked{moment, true}, later), at(round_seconds));
}

TEST(AuditSchedule, SurvivesAClockThatJumps) {
  const auto late = at(1000 * round_seconds);
  EXPECT_LE(next(1, LastAsked{start, true}, late), at(1001 * round_seconds));
  EXPECT_LE(next(1, LastAsked{late, true}, start), at(round_seconds));
  EXPECT_LE(next(1, LastAsked{late, false}, start), at(round_seconds));
  const WallTime before_1970{-5 * round_seconds - 7, 0};
  const auto moment = next(1, {}, before_1970);
  EXPECT_GE(moment.unix_seconds, -6 * round_seconds);
  EXPECT_LT(moment.unix_seconds, -5 * round_seconds);
}

TEST(AuditSchedule, BoundsWhatItAsksFor) {
  EXPECT_EQ(round_time_for(0), hours(12));
  EXPECT_EQ(round_time_for(160), hours(12));
  EXPECT_EQ(round_time_for(320), hours(24));
  EXPECT_EQ(round_time_for(161), seconds(12 * hour * 161 / 160));
}

// Soon, and when exactly only the giver knows.
TEST(AuditSchedule, AsksSoonAfterAGift) {
  std::set<std::int64_t> moments;
  for (unsigned char number = 0; number < 100; ++number) {
    const auto moment = audit_after_gift(peer(number), start, 1);
    EXPECT_GE(moment, start);
    EXPECT_LT(moment, at(hour));
    EXPECT_EQ(audit_after_gift(peer(number), start, 1), moment);
    moments.insert(moment.unix_seconds);
  }
  EXPECT_GT(moments.size(), 90U);
  EXPECT_NE(audit_after_gift(peer(1), start, 1), audit_after_gift(peer(1), start, 2));
}

TEST(AuditSchedule, GivesEverybodyATurn) {
  const std::set<dht::NodePublicKey> peers = {peer(1), peer(2), peer(3), peer(4)};
  using Keys = std::vector<dht::NodePublicKey>;
  EXPECT_EQ(in_turn(peers, {}), Keys(peers.begin(), peers.end()));
  EXPECT_EQ(in_turn(peers, peer(2)), (Keys{peer(3), peer(4), peer(1), peer(2)}));
  EXPECT_EQ(in_turn(peers, peer(4)), Keys(peers.begin(), peers.end()));
  EXPECT_EQ(in_turn(peers, peer(0)), Keys(peers.begin(), peers.end()));
  EXPECT_EQ(in_turn({peer(1), peer(4)}, peer(2)), (Keys{peer(4), peer(1)}));  // it is gone
  EXPECT_EQ(in_turn({}, peer(2)), Keys());
}

// Two of ten at a time, and nobody ever has enough.
TEST(AuditSchedule, LetsNobodyStarve) {
  std::set<dht::NodePublicKey> peers;
  for (unsigned char number = 0; number < 10; ++number) peers.insert(peer(number));
  std::map<dht::NodePublicKey, int> asked;
  std::optional<dht::NodePublicKey> last;
  for (int round = 0; round < 10; ++round) {
    const auto all = in_turn(peers, last);
    for (std::size_t i = 0; i < 2; ++i) {
      ++asked[all[i]];
      last = all[i];
    }
  }
  for (const auto& one : peers) EXPECT_EQ(asked[one], 2);
}

}  // namespace
}  // namespace tesseras::upkeep
