#include "preserve/upkeep/repair_turn.hpp"

#include <gtest/gtest.h>

#include <set>
#include <vector>

namespace tesseras::upkeep {
namespace {

using base::Instant;
using std::chrono::hours;

constexpr dht::Key key{};  // so the distance is the id

dht::NodeId id_of(unsigned number) {
  dht::NodeId id;
  id.bytes[19] = static_cast<std::byte>(number);
  return id;
}
std::vector<Holder> holders_of(std::initializer_list<unsigned> live,
                               std::initializer_list<unsigned> away = {}) {
  std::vector<Holder> all;
  for (const auto one : live) all.push_back({id_of(one), Fragments{1}, {}, {}});
  for (const auto one : away) all.push_back({id_of(one), {}, Fragments{1}, {}});
  return all;
}

TEST(Turn, IsThatOfTheNearestFirst) {
  const auto others = holders_of({30, 10, 50}, {1, 2, 3});
  struct Case {
    unsigned self, rank;
  };
  for (const auto& [self, rank] : std::vector<Case>{{5, 0}, {20, 1}, {40, 2}, {60, 3}}) {
    const auto turn = turn_of(id_of(self), key, others, false, 9);
    EXPECT_EQ(turn.rank, rank);
    EXPECT_GE(turn.after, rank * turn_step);
    EXPECT_LT(turn.after, rank * turn_step + turn_step / 2);
  }
}

TEST(Turn, ComesSoonerWhenItIsUrgent) {
  const auto turn = turn_of(id_of(40), key, holders_of({10, 20}), true, 9);
  EXPECT_GE(turn.after, 2 * urgent_turn_step);
  EXPECT_LT(turn.after, 2 * urgent_turn_step + urgent_turn_step / 2);
  EXPECT_LT(urgent_turn_step, turn_step);
}

// So whoever has begun can be seen before the next one does.
TEST(Turn, LeavesHalfAStepBetweenTwo) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const auto first = turn_of(id_of(1), key, holders_of({2}), false, seed);
    const auto second = turn_of(id_of(2), key, holders_of({1}), false, seed * 7 + 1);
    EXPECT_GE(second.after - first.after, turn_step / 2);
  }
}

TEST(Turn, IsAsRandomAsItsSeed) {
  std::set<std::chrono::nanoseconds> times;
  for (std::uint64_t seed = 0; seed < 50; ++seed)
    times.insert(turn_of(id_of(1), key, {}, false, seed).after);
  EXPECT_EQ(times.size(), 50U);
  EXPECT_EQ(turn_of(id_of(1), key, {}, false, 3), turn_of(id_of(1), key, {}, false, 3));
}

Assessment left(unsigned counted, bool needs = true) {
  Assessment made;
  made.counted = counted;
  made.needs_replication = needs;
  return made;
}
constexpr Instant at(std::int64_t hour) { return Instant{} + hours(hour); }

TEST(Need, LastsUntilNothingIsMissing) {
  EXPECT_EQ(follow({}, left(20, false), at(1)), std::nullopt);
  auto need = follow({}, left(19), at(1));
  EXPECT_EQ(need, (Need{at(1), 19, at(1)}));
  need = follow(need, left(19), at(2));
  EXPECT_EQ(need, (Need{at(1), 19, at(1)}));
  need = follow(need, left(18), at(3));  // worse, but nobody is at work
  EXPECT_EQ(need, (Need{at(1), 18, at(1)}));
  need = follow(need, left(19), at(4));  // somebody is
  EXPECT_EQ(need, (Need{at(4), 19, at(4)}));
  EXPECT_EQ(follow(need, left(19), at(5), true),
            (Need{at(5), 19, at(4)}));  // it gets what it needs
  EXPECT_EQ(follow(need, left(24, false), at(5)), std::nullopt);
}

TEST(Need, IsNotPutOffForEverByWhoOnlyGetsThings) {
  auto need = *follow({}, left(19), at(0));
  for (int hour = 1; hour < 100; ++hour) need = *follow(need, left(19), at(hour), true);
  EXPECT_EQ(need, (Need{at(23), 19, at(0)}));
}

// The first is off, the second begins; it breaks off after two, and the third goes on.
TEST(Need, IsTakenOverFromWhoDoesNothing) {
  const auto second = turn_of(id_of(2), key, holders_of({1, 3}), false, 5);
  const auto third = turn_of(id_of(3), key, holders_of({1, 2}), false, 6);
  auto need = *follow({}, left(19), at(0));
  EXPECT_LT(begins_at(need, second), begins_at(need, third));
  EXPECT_EQ(begins_at(need, second), at(0) + second.after);
  need = *follow(need, left(21), at(11));
  EXPECT_EQ(begins_at(need, third), at(11) + third.after);
  EXPECT_EQ(third.rank, 2U);
}

}  // namespace
}  // namespace tesseras::upkeep
