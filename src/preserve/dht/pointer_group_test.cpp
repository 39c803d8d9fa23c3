#include "preserve/dht/pointer_group.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "preserve/dht/dht_fixture.hpp"

namespace tesseras::dht {
namespace {

using base::Code;
using testing::HasSubstr;

class Group : public testing::Test {
 protected:
  // The n-th holder, in a network of its own unless said otherwise.
  PointerEntry entry(std::uint32_t n, std::optional<PlanShare> share = {},
                     std::optional<Endpoint> from = {}, std::uint64_t issue = 1) {
    PointerEntry one;
    one.record = base::to_bytes(fmt::format("{} {}", n, issue));
    one.holder = id_of(n);
    one.issue = issue;
    one.share = share;
    one.from = from.value_or(distinct_endpoint(n));
    one.expires = 100;
    return one;
  }
  static NodeId id_of(std::uint32_t n) {
    NodeId id;
    for (std::size_t i = 0; i < 4; ++i) id.bytes[16 + i] = static_cast<std::byte>(n >> (8 * i));
    return id;
  }
  static PlanShare fragment(std::size_t index) { return {PlanId{}, FragmentSet().set(index)}; }
  base::Result<Merged> put(PointerEntry one) { return merge(entries_, std::move(one), rules_); }

  crypto::SecretBytes<32> secret_;
  std::vector<IpAddress> own_ = {IpAddress::v4(192, 168, 1, 1)};
  SlotRules rules_{secret_, own_};
  std::vector<PointerEntry> entries_;
};

TEST_F(Group, TakesHoldersAndRenewsThem) {
  EXPECT_EQ(put(entry(1)).value(), Merged::added);
  EXPECT_EQ(put(entry(2)).value(), Merged::added);
  EXPECT_EQ(put(entry(1, {}, {}, 2)).value(), Merged::renewed);
  ASSERT_EQ(entries_.size(), 2U);
  EXPECT_EQ(entries_[0].issue, 2U);
  EXPECT_EQ(put(entry(1, {}, {}, 2)).value(), Merged::unchanged);
}

TEST_F(Group, RefusesACounterThatIsNotNewer) {
  ASSERT_TRUE(put(entry(1, {}, {}, 5)));
  EXPECT_EQ(put(entry(1, {}, {}, 4)).error().code, Code::conflict);
  PointerEntry other = entry(1, {}, {}, 5);
  other.record.push_back(std::byte{1});
  EXPECT_EQ(put(other).error().code, Code::conflict);
  EXPECT_THAT(put(other).error().message, HasSubstr("not newer"));
  ASSERT_EQ(entries_.size(), 1U);
  EXPECT_EQ(entries_[0], entry(1, {}, {}, 5));
}

TEST_F(Group, GivesANetworkTwoSlots) {
  const auto from = [](std::uint8_t last) {
    return Endpoint{IpAddress::v4(203, 0, 113, last), 4433};
  };
  for (std::uint32_t n = 1; n <= 40; ++n) {
    (void)put(entry(n, fragment(n % 24), from(static_cast<std::uint8_t>(n))));
    EXPECT_LE(entries_.size(), 2U);
  }
  EXPECT_EQ(entries_.size(), 2U);
  EXPECT_TRUE(put(entry(100)));
  EXPECT_EQ(entries_.size(), 3U);
}

TEST_F(Group, ExemptsOurOwnHome) {
  const auto at = [](std::uint8_t third) {
    return Endpoint{IpAddress::v4(192, 168, third, 9), 4433};
  };
  for (std::uint32_t n = 1; n <= 8; ++n) {
    EXPECT_TRUE(put(entry(n, {}, at(1))));
    (void)put(entry(100 + n, fragment(n), at(2)));
  }
  EXPECT_EQ(std::ranges::count(entries_, at(1), &PointerEntry::from), 8);
  EXPECT_EQ(std::ranges::count(entries_, at(2), &PointerEntry::from), 2);
}

TEST_F(Group, KeepsSlotsForFragmentsThatFewHave) {
  // A flood of one fragment, from as many networks.
  for (std::uint32_t n = 0; n < 60; ++n) (void)put(entry(n, fragment(0)));
  EXPECT_EQ(entries_.size(), Limits::fragment_entries_per_key);
  for (std::uint32_t n = 1; n < 20; ++n) EXPECT_TRUE(put(entry(100 + n, fragment(n)))) << n;
  // Who has one of those and another is of use.
  PlanShare both = fragment(0);
  both.fragments.set(200);
  EXPECT_TRUE(put(entry(300, both)));
}

TEST_F(Group, KeepsSlotsBesideWholeCopies) {
  for (std::uint32_t n = 0; n < 60; ++n) (void)put(entry(n));
  EXPECT_EQ(entries_.size(), Limits::whole_entries_per_key);
  for (std::uint32_t n = 0; n < 12; ++n) EXPECT_TRUE(put(entry(100 + n, fragment(n))));
  EXPECT_EQ(entries_.size(), Limits::entries_per_key);
}

TEST_F(Group, IsFullOnceAndForAllTheSame) {
  std::vector<PointerEntry> reversed;
  for (std::uint32_t n = 0; n < 72; ++n) (void)put(entry(n, fragment(n)));
  for (std::uint32_t n = 72; n-- > 0;) (void)merge(reversed, entry(n, fragment(n)), rules_);
  EXPECT_EQ(entries_.size(), Limits::entries_per_key);
  const auto holders = [](const std::vector<PointerEntry>& entries) {
    std::set<NodeId> all;
    for (const auto& one : entries) all.insert(one.holder);
    return all;
  };
  // Whatever the order in which they came.
  EXPECT_EQ(holders(entries_), holders(reversed));
}

TEST_F(Group, DiffersFromNodeToNodeSoThatAllHoldersAreKnownToSome) {
  std::set<NodeId> known;
  for (std::uint8_t node = 0; node < 20; ++node) {
    crypto::SecretBytes<32> secret;
    secret.mutable_span()[0] = std::byte{node};
    std::vector<PointerEntry> entries;
    for (std::uint32_t n = 0; n < 72; ++n)
      (void)merge(entries, entry(n, fragment(n)), SlotRules{secret, own_});
    for (const auto& one : entries) known.insert(one.holder);
  }
  EXPECT_EQ(known.size(), 72U);
}

TEST_F(Group, IsAsItWasAfterARefusal) {
  for (std::uint32_t n = 0; n < 200; ++n) {
    const auto before = entries_;
    const auto merged = put(entry(n, fragment(n % 30)));
    if (merged) continue;
    EXPECT_EQ(merged.error().code, Code::exhausted);
    EXPECT_EQ(entries_, before);
  }
}

}  // namespace
}  // namespace tesseras::dht
