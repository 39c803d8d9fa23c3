#include "preserve/replica/ledger.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "preserve/replica/limits.hpp"

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

// What counts as it is.
constexpr std::uint64_t unit = Limits::charged_bytes_min;
Charge repair_of(unsigned char number, const IpAddress& from) {
  return {peer(number), from, true, 5};
}

TEST(LedgerTest, KnowsBothSides) {
  Ledger ledger;
  EXPECT_EQ(ledger.account(peer(1)), Account());
  ledger.add_kept(peer(1), here, 100 * unit);
  ledger.add_kept(peer(1), elsewhere, 20 * unit);
  ledger.add_owed(peer(1), 50 * unit);
  ledger.add_owed(peer(2), 70 * unit);
  EXPECT_EQ(ledger.account(peer(1)), (Account{120 * unit, 50 * unit}));
  EXPECT_EQ(ledger.account(peer(1)).deficit(), 70 * unit);
  EXPECT_EQ(ledger.account(peer(2)), (Account{0, 70 * unit}));
  EXPECT_EQ(ledger.account(peer(2)).deficit(), 0U);
  EXPECT_EQ(ledger.accounts().size(), 2U);
}

TEST(LedgerTest, ForgetsWithWhomThereIsNothing) {
  Ledger ledger;
  ledger.add_kept(peer(1), here, 60 * unit);
  ledger.add_kept(peer(1), here, 40 * unit);
  ledger.add_owed(peer(1), 50 * unit);
  ledger.remove_kept(peer(1), next_door, 60 * unit);  // one block
  EXPECT_EQ(ledger.account(peer(1)), (Account{40 * unit, 50 * unit}));
  ledger.remove_kept(peer(1), here, 40 * unit);
  ledger.remove_owed(peer(1), 50 * unit);
  EXPECT_THAT(ledger.accounts(), IsEmpty());
}

TEST(LedgerTest, CountsSmallFragmentsForMoreOnBothSides) {
  Ledger ledger;
  ledger.add_kept(peer(1), here, 1);
  ledger.add_kept(peer(1), here, unit);
  ledger.add_kept(peer(1), here, unit + 1);
  ledger.add_owed(peer(1), 1);
  EXPECT_EQ(ledger.account(peer(1)), (Account{3 * unit + 1, unit}));
  ledger.remove_owed(peer(1), 1);
  ledger.remove_kept(peer(1), here, 1);
  EXPECT_EQ(ledger.account(peer(1)), (Account{2 * unit + 1, 0}));
}

TEST(LedgerTest, CountsNewcomersByWhereTheyCameFrom) {
  Ledger ledger;
  ledger.add_kept(peer(1), here, 1 * unit);
  ledger.add_kept(peer(2), next_door, 10 * unit);
  ledger.add_kept(peer(3), elsewhere, 100 * unit);
  ledger.add_kept(peer(4), here, 1000 * unit);
  ledger.add_owed(peer(4), 1);  // none of them
  EXPECT_EQ(ledger.kept_for_newcomers(), (Tally{111 * unit, 3}));
  EXPECT_EQ(ledger.kept_for_newcomers_of(here), (Tally{11 * unit, 2}));
  EXPECT_EQ(ledger.kept_for_newcomers_of(elsewhere), (Tally{100 * unit, 1}));
  ledger.remove_owed(peer(4), 1);
  EXPECT_EQ(ledger.kept_for_newcomers_of(next_door), (Tally{1011 * unit, 3}));
}

// On nobody's account, and not for nothing.
TEST(LedgerTest, CountsRepairsByWhoBroughtThem) {
  Ledger ledger;
  ledger.add(repair_of(1, here), 3 * unit);
  ledger.add(repair_of(2, elsewhere), 1);
  ledger.add_owed(peer(2), 1);
  EXPECT_EQ(ledger.repaired_bytes(), 4 * unit);
  EXPECT_EQ(ledger.account(peer(1)), Account());
  EXPECT_EQ(ledger.accounts().size(), 1U);
  EXPECT_EQ(ledger.kept_for_newcomers(), Tally());
  EXPECT_EQ(ledger.kept_for_newcomers_of(next_door), (Tally{3 * unit, 1}));
  ledger.remove(repair_of(1, next_door), 3 * unit);
  ledger.remove(repair_of(2, elsewhere), 1);
  EXPECT_EQ(ledger.repaired_bytes(), 0U);
  EXPECT_EQ(ledger.kept_for_newcomers_of(next_door), Tally());
}

}  // namespace
}  // namespace tesseras::replica
