#include "preserve/release/deposit_store.hpp"

#include <gtest/gtest.h>

#include "foundation/runtime/disk_memory.hpp"
#include "preserve/release/release_fixture.hpp"

namespace tesseras::release {
namespace {

using base::Code;

TEST(DepositStore, KeepsDepositsUntilTheyHaveDoneTheirService) {
  runtime::MemoryDisk disk;
  ASSERT_TRUE(disk.make_folders("/data", 0700));
  ASSERT_TRUE(disk.sync_tree("/"));
  const auto open = [&] {
    return DepositStore::open(disk, "/data/deposits", runtime::Log(runtime::no_log(), "test"))
        .value();
  };
  const SealedTessera one(3, 2, {2'000'000'000, 0}), other(2, 1, {2'100'000'000, 0});
  {
    auto store = open();
    ASSERT_TRUE(store.add(one.deposit(), one.signature(), std::nullopt));
    ASSERT_TRUE(store.add(one.deposit(), one.signature(), std::nullopt));
    ASSERT_TRUE(store.add(other.deposit(), other.signature(), std::nullopt));
  }
  disk.lose_power(1);
  {
    auto store = open();
    ASSERT_EQ(store.all().size(), 2U);
    EXPECT_EQ(store.all().at(other.content_hash()).unix_seconds, 2'100'000'000);
    const auto read = store.read(one.content_hash());
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_TRUE(sealing::open_part(read->witnesses(), read->binding(), one.keys[2]));
    ASSERT_TRUE(store.remove(one.content_hash()));
  }
  disk.lose_power(2);
  const auto store = open();
  EXPECT_EQ(store.all().size(), 1U);
  EXPECT_EQ(store.read(one.content_hash()).error().code, Code::not_found);
}

TEST(DepositStore, GivesNothingThatItsAuthorHasNotSigned) {
  runtime::MemoryDisk disk;
  ASSERT_TRUE(disk.make_folders("/data", 0700));
  auto store = DepositStore::open(disk, "/data/deposits", runtime::Log(runtime::no_log(), "test"));
  const SealedTessera tessera, other;
  ASSERT_TRUE(store->add(tessera.deposit(), other.signature(), std::nullopt));
  EXPECT_EQ(store->read(tessera.content_hash()).error().code, Code::corrupt);
}

}  // namespace
}  // namespace tesseras::release
