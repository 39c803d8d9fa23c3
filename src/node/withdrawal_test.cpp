#include "node/withdrawal.hpp"

#include <gtest/gtest.h>

#include <set>
#include <vector>

#include "foundation/runtime/disk_memory.hpp"

namespace tesseras::node {
namespace {

using base::Code;
using base::ContentHash;

ContentHash hash(std::size_t number) {
  ContentHash hash;
  hash.bytes[0] = static_cast<std::byte>(number >> 8U);
  hash.bytes[1] = static_cast<std::byte>(number);
  return hash;
}

struct WithdrawalTest : ::testing::Test {
  WithdrawalTest() { EXPECT_TRUE(disk.make_folders("/node", 0700)); }

  void publish(std::size_t first, std::size_t end) {
    for (std::size_t i = first; i < end; ++i) {
      ASSERT_TRUE(publications.add(hash(i)));
      vault.insert(hash(i));
    }
  }
  // To the end of a round; how many portions it took.
  std::size_t round() {
    for (std::size_t portions = 1;; ++portions) {
      looked = 0;
      const auto is_last = withdrawal.look_on();
      EXPECT_LE(looked, Withdrawal::portion_max);
      if (!is_last || *is_last) return portions;
    }
  }

  runtime::MemoryDisk disk;
  Publications publications = Publications::open(disk, "/node/published").value();
  std::set<ContentHash> vault, withdrawn;
  std::size_t opened = 0, looked = 0;
  bool is_broken = false;
  Withdrawal withdrawal{publications,
                        [this]() -> base::Result<Withdrawal::IsGone> {
                          if (is_broken) return base::fail(Code::corrupt, "the index is damaged");
                          ++opened;
                          return [this](const ContentHash& one) {
                            ++looked;
                            return !vault.contains(one);
                          };
                        },
                        [this](const ContentHash& one) {
                          EXPECT_TRUE(withdrawn.insert(one).second);
                          EXPECT_FALSE(publications.all().contains(one));
                        }};
};

TEST_F(WithdrawalTest, GoesThroughAllInPortions) {
  const std::size_t count = 10 * Withdrawal::portion_max + 3;
  publish(0, count);
  EXPECT_EQ(round(), 11U);
  EXPECT_TRUE(withdrawn.empty());
  std::set<ContentHash> removed;
  for (std::size_t i = 0; i < count; i += 7) removed.insert(hash(i));
  removed.insert(hash(count - 1));
  for (const auto& one : removed) vault.erase(one);
  EXPECT_EQ(round(), 11U);
  EXPECT_EQ(withdrawn, removed);
  EXPECT_EQ(publications.all(), vault);
  EXPECT_EQ(Publications::open(disk, "/node/published").value().all(), vault);
}

TEST_F(WithdrawalTest, GoesOnThoughAWholePortionIsGone) {
  publish(0, 2 * Withdrawal::portion_max);
  vault.clear();
  round();
  EXPECT_TRUE(publications.all().empty());
  EXPECT_EQ(withdrawn.size(), 2 * Withdrawal::portion_max);
}

TEST_F(WithdrawalTest, OpensNothingWhereNothingIsPublished) {
  EXPECT_EQ(round(), 1U);
  EXPECT_EQ(opened, 0U);
}

TEST_F(WithdrawalTest, BearsWhatIsPublishedMeanwhile) {
  publish(1000, 1000 + 2 * Withdrawal::portion_max);
  EXPECT_FALSE(withdrawal.look_on().value());
  publish(0, 10);
  publish(5000, 5010);
  vault.erase(hash(5));
  vault.erase(hash(5005));
  round();
  EXPECT_EQ(withdrawn, std::set{hash(5005)});
  round();
  EXPECT_EQ(withdrawn, (std::set{hash(5), hash(5005)}));
}

TEST_F(WithdrawalTest, KeepsAllWhenTheVaultCannotBeLookedAt) {
  publish(0, 3);
  vault.clear();
  is_broken = true;
  EXPECT_EQ(withdrawal.look_on().error().code, Code::corrupt);
  EXPECT_EQ(publications.all().size(), 3U);
  is_broken = false;
  round();
  EXPECT_EQ(withdrawn.size(), 3U);
}

TEST_F(WithdrawalTest, WithdrawsNothingThatCouldComeBack) {
  publish(0, 3);
  vault.erase(hash(1));
  disk.set_capacity_bytes(0);
  EXPECT_EQ(withdrawal.look_on().error().code, Code::exhausted);
  EXPECT_TRUE(withdrawn.empty());
  disk.set_capacity_bytes(1 << 20);
  round();
  EXPECT_EQ(withdrawn, std::set{hash(1)});
}

}  // namespace
}  // namespace tesseras::node
