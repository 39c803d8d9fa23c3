#include "node/control_seats.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace tesseras::node {
namespace {

constexpr std::uint32_t root = 0, owner = 1000, ana = 1001, rui = 1002;
constexpr auto own_max = ControlSeatLimits::of_one_user_max;
constexpr auto guests_max = ControlSeatLimits::of_guests_max;

base::Instant at(int second) { return base::Instant() + std::chrono::seconds(second); }

class ControlSeats : public ::testing::Test {
 protected:
  void idle(std::size_t count, std::uint32_t user, int since) {
    seats_.insert(seats_.end(), count, {user, at(since)});
  }
  void busy(std::size_t count, std::uint32_t user) {
    seats_.insert(seats_.end(), count, {user, std::nullopt});
  }
  ControlSeating seat(std::uint32_t newcomer) const { return seat_for(newcomer, owner, seats_); }

  std::vector<ControlSeat> seats_;
};

TEST_F(ControlSeats, LetInWhileThereIsRoom) {
  idle(own_max - 1, ana, 1);
  EXPECT_TRUE(seat(ana).is_let_in);
  EXPECT_FALSE(seat(ana).leaves);
}

TEST_F(ControlSeats, TakeTheLongestIdleOneOfWhoHasManyHimself) {
  idle(1, rui, 1);
  idle(own_max - 2, ana, 5);
  busy(1, ana);
  idle(1, ana, 4);
  EXPECT_TRUE(seat(ana).is_let_in);
  EXPECT_EQ(seat(ana).leaves, own_max);
  EXPECT_FALSE(seat(rui).leaves);
}

TEST_F(ControlSeats, TurnAwayWhoIsServedOnAllOfHis) {
  busy(own_max, owner);
  busy(own_max, ana);
  EXPECT_FALSE(seat(owner).is_let_in);
  EXPECT_FALSE(seat(ana).is_let_in);
  EXPECT_TRUE(seat(rui).is_let_in);
}

TEST_F(ControlSeats, TakeThatOfTheGuestWhoHoldsMost) {
  idle(1, owner, 0);
  idle(own_max - 1, 2000, 1);
  idle(own_max, ana, 9);
  idle(1, 2001, 2);
  ASSERT_EQ(seats_.size() - 1, guests_max);
  const auto given = seat(rui);
  ASSERT_TRUE(given.is_let_in);
  EXPECT_EQ(seats_[given.leaves.value()].user, ana);
}

TEST_F(ControlSeats, TakeAnyIdleGuestsWhenWhoHoldsMostIsServed) {
  busy(own_max, ana);
  busy(own_max - 2, 2000);
  idle(1, 2001, 7);
  idle(1, 2002, 6);
  EXPECT_EQ(seat(rui).leaves, guests_max - 1) << "the longest idle of two who hold one each";
}

TEST_F(ControlSeats, AreNeverUsedUpForTheOwnerAndRoot) {
  busy(own_max, ana);
  busy(own_max, rui);
  EXPECT_FALSE(seat(2000).is_let_in);
  for (const auto user : {owner, root}) {
    EXPECT_TRUE(seat(user).is_let_in);
    EXPECT_FALSE(seat(user).leaves);
  }
  idle(own_max, owner, 3);
  EXPECT_TRUE(seat(owner).is_let_in);
  EXPECT_EQ(seats_[seat(owner).leaves.value()].user, owner);
}

}  // namespace
}  // namespace tesseras::node
