#include "preserve/replica/ledger.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tesseras::replica {
namespace {

using dht::NodePublicKey;
using runtime::IpAddress;
using ::testing::IsEmpty;

NodePublicKey peer(unsigned char number) {
  NodePublicKey key;
  key.bytes.fill(static_cast<std::byte>(number));
  return key;
}
const auto here = IpAddress::v4(192, 0, 2, 1), next_door = IpAddress::v4(192, 0, 2, 200),
           elsewhere = IpAddress::v4(198, 51, 100, 1);

TEST(LedgerTest, KnowsBothSides) {
  Ledger ledger;
  EXPECT_EQ(ledger.account(peer(1)), Account());
  ledger.add_kept(peer(1), here, 100);
  ledger.add_kept(peer(1), elsewhere, 20);
  ledger.add_owed(peer(1), 50);
  ledger.add_owed(peer(2), 70);
  EXPECT_EQ(ledger.account(peer(1)), (Account{120, 50}));
  EXPECT_EQ(ledger.account(peer(1)).deficit(), 70U);
  EXPECT_EQ(ledger.account(peer(2)), (Account{0, 70}));
  EXPECT_EQ(ledger.account(peer(2)).deficit(), 0U);
  EXPECT_EQ(ledger.accounts().size(), 2U);
}

TEST(LedgerTest, ForgetsWithWhomThereIsNothing) {
  Ledger ledger;
  ledger.add_kept(peer(1), here, 100);
  ledger.add_owed(peer(1), 50);
  ledger.add_kept(peer(2), here, 0);
  ledger.add_owed(peer(3), 0);
  ledger.remove_kept(peer(1), next_door, 60);  // one block
  EXPECT_EQ(ledger.account(peer(1)), (Account{40, 50}));
  ledger.remove_kept(peer(1), here, 40);
  ledger.remove_owed(peer(1), 50);
  EXPECT_THAT(ledger.accounts(), IsEmpty());
}

TEST(LedgerTest, CountsNewcomersByWhereTheyCameFrom) {
  Ledger ledger;
  ledger.add_kept(peer(1), here, 1);
  ledger.add_kept(peer(2), next_door, 10);
  ledger.add_kept(peer(3), elsewhere, 100);
  ledger.add_kept(peer(4), here, 1000);
  ledger.add_owed(peer(4), 1);  // none of them
  EXPECT_EQ(ledger.kept_for_newcomers(), 111U);
  EXPECT_EQ(ledger.kept_for_newcomers_of(here), 11U);
  EXPECT_EQ(ledger.kept_for_newcomers_of(elsewhere), 100U);
  ledger.remove_owed(peer(4), 1);
  EXPECT_EQ(ledger.kept_for_newcomers_of(next_door), 1011U);
}

}  // namespace
}  // namespace tesseras::replica
