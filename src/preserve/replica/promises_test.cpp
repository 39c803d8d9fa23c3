#include "preserve/replica/promises.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "preserve/replica/limits.hpp"
#include "preserve/replica/pack_fixture.hpp"

namespace tesseras::replica {
namespace {

using std::chrono::seconds;

class PromisesTest : public ::testing::Test {
 protected:
  static dht::NodePublicKey peer(unsigned char number) {
    dht::NodePublicKey key;
    key.bytes.fill(static_cast<std::byte>(number));
    return key;
  }
  PromiseKey key(unsigned char from, unsigned fragment) const {
    return {peer(from), plan_->id(), fragment};
  }
  Promise until(seconds from_now, bool is_repair = false) const {
    return {plan_, address_, is_repair, now_ + from_now, nullptr, false};
  }

  std::shared_ptr<const SignedPlan> plan_ =
      std::make_shared<const SignedPlan>(signed_plan_of(bytes_of(1, 5'000'000)));
  std::uint64_t size_ = plan_->plan().shape.fragment_bytes();
  runtime::IpAddress address_ = runtime::IpAddress::v4(192, 0, 2, 1);
  base::Instant now_{1'000'000'000};
  std::shared_ptr<Ledger> ledger_ = std::make_shared<Ledger>();
  Promises promises_{ledger_};
};

TEST_F(PromisesTest, CountAsKept) {
  promises_.add(key(1, 0), until(seconds(60)));
  promises_.add(key(1, 1), until(seconds(60)));
  promises_.add(key(1, 1), until(seconds(90)));  // in the place of the other
  promises_.add(key(2, 0), until(seconds(60), true));
  EXPECT_EQ(promises_.bytes(), 3 * size_);
  EXPECT_EQ(promises_.repair_bytes(), size_);
  EXPECT_EQ(ledger_->account(peer(1)).kept_for_it, 2 * size_);
  EXPECT_EQ(ledger_->account(peer(2)).kept_for_it, 0U);  // repairs are charged to nobody
  EXPECT_EQ(promises_.find(key(1, 2)), nullptr);
  EXPECT_EQ(promises_.find(key(3, 0)), nullptr);
}

TEST_F(PromisesTest, AreKeptOrNot) {
  promises_.add(key(1, 0), until(seconds(60)));
  promises_.add(key(1, 1), until(seconds(60)));
  promises_.add(key(1, 2), until(seconds(60), true));
  promises_.fulfil(key(1, 0));
  promises_.withdraw(key(1, 1));
  promises_.withdraw(key(1, 2));
  promises_.withdraw(key(1, 3));  // there is none
  EXPECT_EQ(promises_.count(), 0U);
  EXPECT_EQ(promises_.bytes(), 0U);
  EXPECT_EQ(promises_.repair_bytes(), 0U);
  EXPECT_EQ(ledger_->account(peer(1)).kept_for_it, size_);
}

TEST_F(PromisesTest, EndUnlessTheyAreUsed) {
  promises_.add(key(1, 0), until(seconds(60)));
  promises_.add(key(1, 1), until(seconds(61)));
  promises_.add(key(1, 2), until(seconds(60)));
  promises_.find(key(1, 2))->is_used = true;
  promises_.drop_late(now_ + seconds(59));
  EXPECT_EQ(promises_.count(), 3U);
  promises_.drop_late(now_ + seconds(60));
  EXPECT_EQ(promises_.find(key(1, 0)), nullptr);
  EXPECT_NE(promises_.find(key(1, 1)), nullptr);
  EXPECT_NE(promises_.find(key(1, 2)), nullptr);
  EXPECT_EQ(ledger_->account(peer(1)).kept_for_it, 2 * size_);
}

TEST_F(PromisesTest, AreLimitedForAPeerAndInAll) {
  for (unsigned i = 0; i < Limits::promises_per_peer_max; ++i) {
    EXPECT_TRUE(promises_.has_place(peer(1)));
    promises_.add(key(1, i), until(seconds(60)));
  }
  EXPECT_FALSE(promises_.has_place(peer(1)));
  unsigned char number = 2;
  while (promises_.has_place(peer(number))) {
    for (unsigned i = 0; i < Limits::promises_per_peer_max; ++i)
      promises_.add(key(number, i), until(seconds(60)));
    ++number;
  }
  EXPECT_EQ(promises_.count(), Limits::promises_max);
}

}  // namespace
}  // namespace tesseras::replica
