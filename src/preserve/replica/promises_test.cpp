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
  // In the network of that number.
  static Caller caller(unsigned char number, unsigned char network) {
    return {peer(number), {runtime::IpAddress::v4(10, 0, network, number), 4433}};
  }
  void add(unsigned char number, unsigned char network, unsigned fragment) {
    Promise promise = until(seconds(60));
    promise.from = caller(number, network).from;
    promises_.add(key(number, fragment), promise);
  }
  Promise until(seconds from_now, bool is_repair = false) const {
    return {plan_, {address_, 4433}, is_repair, now_ + from_now, 0, false};
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
  EXPECT_EQ(ledger_->repaired_bytes(), size_);
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
  EXPECT_EQ(ledger_->repaired_bytes(), 0U);
  EXPECT_EQ(ledger_->account(peer(1)).kept_for_it, size_);
}

// What is being kept then may be kept.
TEST_F(PromisesTest, EndWithTheirPlace) {
  {
    Promises promises(ledger_);
    promises.add(key(1, 0), until(seconds(60)));
    promises.add(key(1, 1), until(seconds(60)));
    promises.find(key(1, 1))->is_used = true;
  }
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

TEST_F(PromisesTest, AreLimitedForAPeer) {
  for (unsigned i = 0; i < Limits::promises_per_peer_max; ++i) {
    EXPECT_TRUE(promises_.has_place(caller(1, 1)));
    add(1, 1, i);
  }
  EXPECT_FALSE(promises_.has_place(caller(1, 1)));
  EXPECT_FALSE(promises_.has_place(caller(1, 2))) << "it has moved";
  EXPECT_TRUE(promises_.has_place(caller(2, 1)));
}

// Keys cost nothing to make.
TEST_F(PromisesTest, AreLimitedForANetwork) {
  unsigned char number = 1;
  for (; promises_.has_place(caller(number, 1)); ++number) add(number, 1, 0);
  EXPECT_EQ(promises_.count(), Limits::promises_per_network_max);
  EXPECT_TRUE(promises_.has_place(caller(number, 2)));
  // At home all are neighbours.
  promises_.set_own_addresses({runtime::IpAddress::v4(10, 0, 1, 77)});
  EXPECT_TRUE(promises_.has_place(caller(number, 1)));
}

TEST_F(PromisesTest, AreLimitedInAll) {
  for (unsigned char number = 1; promises_.has_place(caller(number, number)); ++number)
    add(number, number, 0);
  EXPECT_EQ(promises_.count(), Limits::promises_max);
}

}  // namespace
}  // namespace tesseras::replica
