#include "preserve/heirs/install.hpp"

#include <gtest/gtest.h>

#include "foundation/runtime/disk_memory.hpp"
#include "preserve/heirs/share_fixture.hpp"

namespace tesseras::heirs {
namespace {

using base::Code;
using identity::IdentityStore;
using runtime::MemoryDisk;

constexpr base::WallTime now{.unix_seconds = 1'771'147'800, .nanoseconds = 0};  // 2026-02-15 09:30

TEST(Install, WhereThereIsNoneNothingIsKept) {
  MemoryDisk disk;
  const auto backup = install(disk, "/data", seed_of(1), std::nullopt, now);
  ASSERT_TRUE(backup) << backup.error().message;
  EXPECT_FALSE(*backup);
  EXPECT_EQ(IdentityStore(disk, "/data").open_seed(nullptr).value(), seed_of(1));
}

TEST(Install, KeepsTheOneThatWasThere) {
  MemoryDisk disk;
  ASSERT_TRUE(IdentityStore(disk, "/data").create(seed_of(1), std::nullopt));
  const auto backup = install(disk, "/data", seed_of(2), std::nullopt, now);
  ASSERT_TRUE(backup) << backup.error().message;
  ASSERT_TRUE(*backup);
  EXPECT_EQ(**backup, "/data/identity.before-20260215T093000Z");
  EXPECT_EQ(IdentityStore(disk, "/data").open_seed(nullptr).value(), seed_of(2));
  const auto names = disk.list("/data").value();
  EXPECT_EQ(names.size(), 2U) << "nothing else is left behind";
  // And back again, as a person would.
  ASSERT_TRUE(disk.rename("/data/identity", "/data/away"));
  ASSERT_TRUE(disk.rename(**backup, "/data/identity"));
  EXPECT_EQ(IdentityStore(disk, "/data").open_seed(nullptr).value(), seed_of(1));
}

TEST(Install, NoPowerCutLosesTheOneThatWasThere) {
  const runtime::path kept = "/data/identity.before-20260215T093000Z";
  int moved = 0;
  int in_place = 0;
  for (std::uint64_t operation = 1; operation < 40; ++operation) {
    for (std::uint64_t seed = 0; seed < 6; ++seed) {
      MemoryDisk disk;
      IdentityStore store(disk, "/data");
      ASSERT_TRUE(store.create(seed_of(1), std::nullopt));
      disk.lose_power_at(operation);
      const bool said_done = install(disk, "/data", seed_of(2), std::nullopt, now).has_value();
      disk.lose_power(seed);
      const bool is_kept = disk.status(kept / "root.seed").has_value();
      if (is_kept) {
        ASSERT_TRUE(disk.make_folders("/other", 0700));
        ASSERT_TRUE(disk.rename(kept, "/other/identity"));
        EXPECT_EQ(IdentityStore(disk, "/other").open_seed(nullptr).value(), seed_of(1));
      } else {
        EXPECT_EQ(store.open_seed(nullptr).value(), seed_of(1)) << operation << ' ' << seed;
      }
      if (said_done) {
        EXPECT_TRUE(is_kept && store.open_seed(nullptr).value() == seed_of(2));
      }
      // And it is done in the end.
      EXPECT_TRUE(install(disk, "/data", seed_of(3), std::nullopt, now)) << operation;
      EXPECT_EQ(store.open_seed(nullptr).value(), seed_of(3)) << operation << ' ' << seed;
      ++(is_kept ? moved : in_place);
    }
  }
  EXPECT_GT(moved, 20);
  EXPECT_GT(in_place, 20);
}

TEST(Install, TakesAPassphrase) {
  MemoryDisk disk;
  identity::Protection protection{
      .passphrase = crypto::SecretBuffer::copy_of(base::as_bytes("words")),
      .cost = {.memory_kib = 8, .iterations = 1, .lanes = 1}};
  ASSERT_TRUE(install(disk, "/data", seed_of(1), std::move(protection), now));
  EXPECT_TRUE(IdentityStore(disk, "/data").is_protected().value());
}

TEST(Install, ABackupIsNeverWrittenOver) {
  MemoryDisk disk;
  ASSERT_TRUE(install(disk, "/data", seed_of(1), std::nullopt, now));
  ASSERT_TRUE(install(disk, "/data", seed_of(2), std::nullopt, now));
  const auto again = install(disk, "/data", seed_of(3), std::nullopt, now);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, Code::conflict);
  EXPECT_EQ(IdentityStore(disk, "/data").open_seed(nullptr).value(), seed_of(2));
  EXPECT_EQ(disk.list("/data").value().size(), 2U);
}

TEST(Install, WhatARunThatWasCutShortLeftIsNoHindrance) {
  MemoryDisk disk;
  ASSERT_TRUE(IdentityStore(disk, "/data/recovered.new").create(seed_of(9), std::nullopt));
  ASSERT_TRUE(install(disk, "/data", seed_of(1), std::nullopt, now));
  EXPECT_EQ(IdentityStore(disk, "/data").open_seed(nullptr).value(), seed_of(1));
  EXPECT_FALSE(disk.status("/data/recovered.new"));
}

TEST(Install, WhatFailsLeavesTheOldOneInItsPlace) {
  MemoryDisk disk;
  ASSERT_TRUE(IdentityStore(disk, "/data").create(seed_of(1), std::nullopt));
  identity::Protection empty{.passphrase = {}, .cost = {}};
  EXPECT_FALSE(install(disk, "/data", seed_of(2), std::move(empty), now));
  EXPECT_EQ(IdentityStore(disk, "/data").open_seed(nullptr).value(), seed_of(1));
  EXPECT_EQ(disk.list("/data").value().size(), 1U);
}

// Whatever the disk refuses once: one identity is in its place, and no other lies about.
TEST(Install, WhatFailsLeavesNoSeedBehind) {
  int failed = 0;
  for (std::uint64_t operation = 1; operation < 40; ++operation) {
    MemoryDisk disk;
    const IdentityStore store(disk, "/data");
    ASSERT_TRUE(IdentityStore(disk, "/data").create(seed_of(1), std::nullopt));
    disk.fail_operation(operation, Code::exhausted);
    const auto done = install(disk, "/data", seed_of(2), std::nullopt, now);
    const auto there = store.open_seed(nullptr);
    ASSERT_TRUE(there) << operation << ' ' << there.error().message;
    if (done) continue;
    ++failed;
    // Only what is already in its place when the last step fails is the new one.
    EXPECT_TRUE(*there == seed_of(1) ||
                disk.status("/data/identity.before-20260215T093000Z").has_value())
        << operation;
    if (*there == seed_of(1)) {
      EXPECT_FALSE(disk.status("/data/recovered.new")) << operation;
    }
  }
  EXPECT_GT(failed, 5);
}

}  // namespace
}  // namespace tesseras::heirs
