#include "preserve/upkeep/safety.hpp"

#include <gtest/gtest.h>

namespace tesseras::upkeep {
namespace {

const erasure::Shape medium(erasure::Tier::medium, std::uint64_t{5} << 20U);

// Holders of a fragment each, from this one on.
std::vector<Holder> holders_of_one_each(unsigned first, unsigned count) {
  std::vector<Holder> holders(count);
  for (unsigned i = 0; i < count; ++i) holders[i].live.set(first + i);
  return holders;
}

TEST(Safety, CountsWhoIsThereAndWhoIsExpectedBack) {
  auto holders = holders_of_one_each(0, 24);
  std::swap(holders[3].live, holders[3].away);
  EXPECT_EQ(safety_of(medium, {}, holders), (Safety{Fragments(0xffffff), 24, 0, 8}));
}

TEST(Safety, CountsNotWhoIsLateOrGone) {
  auto holders = holders_of_one_each(0, 24);
  std::swap(holders[0].live, holders[0].late);
  holders[1].live.reset();
  EXPECT_EQ(safety_of(medium, {}, holders), (Safety{Fragments(0xfffffc), 22, 2, 6}));
}

TEST(Safety, CountsThisNodeWhereItKeepsSome) {
  const auto holders = holders_of_one_each(1, 23);
  EXPECT_EQ(safety_of(medium, Fragments(1), holders), (Safety{Fragments(0xffffff), 24, 0, 8}));
}

TEST(Safety, SaysWhenTheyDoNotSuffice) {
  EXPECT_EQ(safety_of(medium, {}, holders_of_one_each(0, 15)),
            (Safety{Fragments(0x7fff), 15, 0, std::nullopt}));
  EXPECT_EQ(safety_of(medium, {}, {}), (Safety{{}, 0, 0, std::nullopt}));
}

}  // namespace
}  // namespace tesseras::upkeep
