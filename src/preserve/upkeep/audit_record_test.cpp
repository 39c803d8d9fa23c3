#include "preserve/upkeep/audit_record.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

#include "preserve/upkeep/limits.hpp"

namespace tesseras::upkeep {
namespace {

using base::WallTime;
using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

AuditRecord::IsGone is(const FragmentName& name) {
  return [name](const FragmentName& other) { return other == name; };
}

class AuditRecordTest : public testing::Test {
 protected:
  AuditRecordTest() {
    for (unsigned i = 0; i < 40; ++i) {
      SharedFragment one;
      one.name.fragment = i;
      one.size_bytes = 100 * 1024;
      shared_.push_back(one);
    }
  }
  // All have been proved once.
  void prove_all() {
    for (int request = 0; request < 12; ++request) ask(&AuditRecordTest::proves);
    for (const auto& one : shared_) ASSERT_TRUE(record_.last_proved(one.name));
  }

  static Finding proves(const Challenge&) { return Finding::proved; }
  static Finding is_offline(const Challenge&) { return Finding::offline; }
  static Finding is_silent(const Challenge&) { return Finding::silent; }
  // A request of who knows all that is shared, and an hour.
  template <class Answer>
  std::vector<Sample> ask(const Answer& answer, seconds later = hours(1)) {
    record_.forget_all_but(shared_);
    const auto next = record_.next(shared_, ++seed_);
    const std::vector<Sample> samples(next.begin(), next.end());
    std::vector<Finding> findings;
    for (const auto& one : samples) findings.push_back(answer(one.challenge));
    record_.on_findings(now_, samples, findings);
    now_.unix_seconds += later.count();
    return samples;
  }
  Presence presence(unsigned fragment) const { return record_.presence(shared_.at(fragment).name); }
  std::ptrdiff_t count_of(Presence presence) const {
    return std::ranges::count_if(
        shared_, [&](const auto& one) { return record_.presence(one.name) == presence; });
  }

  std::vector<SharedFragment> shared_;  // 40 of 100 chunks each
  AuditRecord record_;
  WallTime now_{1'770'000'000, 0};
  std::uint64_t seed_ = 0;
};

TEST_F(AuditRecordTest, CountsWhatItHasHeardNothingBadOf) {
  EXPECT_EQ(presence(3), Presence::live);
  EXPECT_FALSE(record_.last_proved(shared_[3].name));
  EXPECT_TRUE(record_.next({}, 1).empty());
}

TEST_F(AuditRecordTest, AsksForOneOfEachFragmentSoon) {
  int requests = 0;
  for (; count_of(Presence::live) == 40 && requests < 20; ++requests) {
    const auto samples = ask(&proves);
    EXPECT_EQ(samples.size(), Limits::challenges_max);
    const auto unproved = std::ranges::count_if(
        shared_, [&](const auto& one) { return !record_.last_proved(one.name); });
    if (unproved == 0) break;
  }
  EXPECT_LE(requests, 5);  // eight in each
  EXPECT_EQ(record_.counts().proved, 16U * static_cast<unsigned>(requests + 1));
}

TEST_F(AuditRecordTest, AFragmentThatIsNotKeptIsLostUntilItsChunkIsProved) {
  prove_all();
  std::uint64_t gone = 0;  // chunks of fragment 7 from here on
  const auto lacks_some = [&](const Challenge& one) {
    return one.name.fragment == 7 && one.chunk >= gone ? Finding::not_kept : Finding::proved;
  };
  for (int i = 0; i < 500 && presence(7) == Presence::live; ++i) ask(lacks_some);
  EXPECT_EQ(presence(7), Presence::lost);
  EXPECT_EQ(count_of(Presence::live), 39);
  const auto since = record_.failing_since(shared_[7].name);
  ASSERT_TRUE(since);

  // It is asked for that chunk each time, and other chunks of the fragment help nothing.
  const auto owed = ask(lacks_some).front().challenge;
  EXPECT_EQ(owed.name.fragment, 7U);
  gone = owed.chunk;
  for (int i = 0; i < 300; ++i) {
    EXPECT_TRUE(std::ranges::contains(ask(lacks_some), owed, &Sample::challenge));
    EXPECT_EQ(presence(7), Presence::lost);
  }
  EXPECT_EQ(record_.failing_since(shared_[7].name), since);
  EXPECT_FALSE(record_.is_distrusted());

  ask(&proves);
  EXPECT_EQ(presence(7), Presence::live);
  EXPECT_FALSE(record_.failing_since(shared_[7].name));
}

TEST_F(AuditRecordTest, ADiskThatIsGoneIsFoundAtOnce) {
  prove_all();
  ask([](const Challenge&) { return Finding::not_kept; });
  EXPECT_EQ(count_of(Presence::lost), 40);
  EXPECT_FALSE(record_.is_distrusted());
  // Made anew: those that are proved count at once, and all when a whole request was.
  ask(&proves);
  EXPECT_GE(count_of(Presence::live), 33);  // but for those that owe a chunk still
  for (int i = 0; i < 5; ++i) ask(&proves);
  EXPECT_EQ(count_of(Presence::live), 40);
}

TEST_F(AuditRecordTest, WhoHasLostLessThanHalfKeepsTheRest) {
  prove_all();
  const auto lacks_a_quarter = [](const Challenge& one) {
    return one.name.fragment % 4 == 0 ? Finding::not_kept : Finding::proved;
  };
  for (int i = 0; i < 3; ++i) ask(lacks_a_quarter);
  for (unsigned i = 0; i < 40; ++i) {
    if (i % 4 != 0) {
      EXPECT_EQ(presence(i), Presence::live) << i;
    }
  }
  EXPECT_GT(count_of(Presence::lost), 3);
}

TEST_F(AuditRecordTest, ALieCostsEverythingForAWhile) {
  prove_all();
  bool lies = true;
  const auto lies_once = [&](const Challenge&) {
    return std::exchange(lies, false) ? Finding::lied : Finding::proved;
  };
  ask(lies_once);
  EXPECT_TRUE(record_.is_distrusted());
  EXPECT_EQ(count_of(Presence::lost), 40);
  EXPECT_EQ(record_.counts().lied, 1U);
  // Many proofs in an hour are not enough, nor is time with few.
  for (int i = 0; i < 40; ++i) ask(&proves, minutes(1));
  EXPECT_EQ(count_of(Presence::lost), 40);
  now_.unix_seconds += seconds(days(14)).count();
  ask(&proves);
  EXPECT_EQ(count_of(Presence::live), 40);
}

TEST_F(AuditRecordTest, WhoOwesSomethingDoesNotComeBackFromALie) {
  prove_all();
  ask([](const Challenge&) { return Finding::lied; });
  for (int i = 0; i < 27; ++i) ask(&proves, hours(13));
  EXPECT_EQ(count_of(Presence::lost), 40);
  bool fails = true;
  ask(
      [&](const Challenge&) {
        return std::exchange(fails, false) ? Finding::not_kept : Finding::proved;
      },
      hours(13));
  for (int i = 0; i < 27; ++i) ask(&proves, hours(13));
  EXPECT_EQ(count_of(Presence::lost), 40);  // counted anew
  ask(&proves, hours(13));
  EXPECT_EQ(count_of(Presence::lost), 0);
}

TEST_F(AuditRecordTest, WhoFailedIsGivenNothingNewForAWhile) {
  prove_all();
  EXPECT_TRUE(record_.may_be_given_more(now_));
  ask(&is_offline);
  EXPECT_FALSE(record_.may_be_given_more(now_));
  ask(&proves);
  EXPECT_TRUE(record_.may_be_given_more(now_));

  bool fails = true;
  const auto fails_once = [&](const Challenge&) {
    return std::exchange(fails, false) ? Finding::not_kept : Finding::proved;
  };
  const auto missing = ask(fails_once).front().challenge.name;
  now_.unix_seconds += seconds(days(15)).count();
  EXPECT_FALSE(record_.may_be_given_more(now_));  // it owes it still
  auto forgetful = record_;
  forgetful.forget(is(missing));
  EXPECT_TRUE(forgetful.may_be_given_more(now_));
  now_.unix_seconds -= seconds(days(2)).count();
  EXPECT_FALSE(forgetful.may_be_given_more(now_));  // to say that it keeps it no more is no way out
}

struct Absence {
  const char* what;
  Finding finding;
  seconds step;
  int attempts;
  Presence expected;
};
class AuditRecordAbsence : public AuditRecordTest, public testing::WithParamInterface<Absence> {};

TEST_P(AuditRecordAbsence, CountsAsSpecified) {
  prove_all();
  const auto& [what, finding, step, attempts, expected] = GetParam();
  for (int i = 0; i < attempts; ++i) ask([&](const Challenge&) { return finding; }, step);
  EXPECT_EQ(count_of(expected), 40) << what;
  // And whatever it was, an answer ends it.
  ask(&proves);
  EXPECT_EQ(count_of(Presence::live), 40);
}

INSTANTIATE_TEST_SUITE_P(
    All, AuditRecordAbsence,
    testing::Values(
        Absence{"one attempt", Finding::offline, hours(1), 1, Presence::away},
        Absence{"24 hours less one", Finding::offline, hours(1), 24, Presence::away},
        Absence{"24 hours", Finding::offline, hours(1), 25, Presence::late},
        Absence{"72 hours less one", Finding::offline, hours(1), 72, Presence::late},
        Absence{"72 hours", Finding::offline, hours(1), 73, Presence::lost},
        Absence{"12 hours of silence less one", Finding::silent, hours(1), 12, Presence::away},
        Absence{"12 hours of silence", Finding::silent, hours(1), 13, Presence::late},
        Absence{"36 hours of silence less one", Finding::silent, hours(1), 36, Presence::late},
        Absence{"36 hours of silence", Finding::silent, hours(1), 37, Presence::lost},
        Absence{"twelve hours of each hundred", Finding::offline, hours(100), 6, Presence::late},
        Absence{"and that six times", Finding::offline, hours(100), 7, Presence::lost},
        Absence{"a clock that goes back", Finding::offline, hours(-5), 500, Presence::away}));

// Or it would be silent where it has nothing, and answer when asked for something else.
TEST_F(AuditRecordTest, AsksTheSameUntilItIsAnswered) {
  prove_all();
  const auto first = ask(&is_silent);
  EXPECT_EQ(ask(&is_offline), first);
  EXPECT_EQ(ask(&is_silent), first);
  EXPECT_EQ(ask(&proves), first);
  EXPECT_NE(ask(&proves), first);
  EXPECT_EQ(record_.counts().silent, 2U);
  EXPECT_EQ(record_.counts().offline, 1U);
}

TEST_F(AuditRecordTest, DoesNotAskForWhatIsNotSharedAnyMore) {
  const auto first = ask(&is_silent);
  const auto forgotten = first.front().challenge.name;
  const auto stays = first.back().challenge.name;
  record_.forget(is(forgotten));
  std::erase_if(shared_, [&](const auto& one) { return one.name != stays; });
  for (const auto& one : ask(&proves)) EXPECT_EQ(one.challenge.name, stays);
  shared_.clear();
  EXPECT_TRUE(ask(&proves).empty());
}

TEST_F(AuditRecordTest, HoldsNothingAgainstAPeerThatIsNotSharedAnyMore) {
  prove_all();
  ask([](const Challenge& one) {
    return one.name.fragment < 20 ? Finding::not_kept : Finding::proved;
  });
  now_.unix_seconds += seconds(failure_memory).count();
  EXPECT_FALSE(record_.may_be_given_more(now_));
  std::erase_if(shared_, [](const auto& one) { return one.name.fragment < 20; });
  ask(&proves);
  EXPECT_TRUE(record_.may_be_given_more(now_));
}

TEST_F(AuditRecordTest, WhatIsForgottenWhileItIsAskedForIsForgotten) {
  const auto next = record_.next(shared_, 1);
  const std::vector<Sample> samples(next.begin(), next.end());
  record_.forget(is(samples[0].challenge.name));
  record_.on_findings(now_, samples, std::vector(samples.size(), Finding::not_kept));
  EXPECT_FALSE(record_.failing_since(samples[0].challenge.name));
  EXPECT_TRUE(record_.failing_since(samples.back().challenge.name));
}

// The seeds of two requests tell nothing of one another's chunks, but each is made only of its own.
TEST_F(AuditRecordTest, IsTheSameForTheSameSeeds) {
  AuditRecord other;
  const auto a = record_.next(shared_, 77);
  const auto b = other.next(shared_, 77);
  EXPECT_TRUE(std::ranges::equal(a, b));
}

}  // namespace
}  // namespace tesseras::upkeep
