#include "preserve/release/release_store.hpp"

#include <gtest/gtest.h>

#include "foundation/runtime/disk_memory.hpp"
#include "preserve/release/release_fixture.hpp"

namespace tesseras::release {
namespace {

using base::Code;

class ReleaseStoreTest : public ::testing::Test {
 protected:
  ReleaseStoreTest() {
    EXPECT_TRUE(disk_.make_folders("/data", 0700));
    EXPECT_TRUE(disk_.sync_tree("/"));
  }
  ReleaseStore open() {
    return ReleaseStore::open(disk_, "/data/releases", runtime::Log(runtime::no_log(), "test"))
        .value();
  }

  runtime::MemoryDisk disk_;
  const SealedTessera tessera_{3, 2};
};

TEST_F(ReleaseStoreTest, JoinsPartsThatComeOneByOneOverRestarts) {
  const auto hash = tessera_.content_hash();
  {
    auto store = open();
    EXPECT_EQ(store.read(hash).error().code, Code::not_found);
    EXPECT_EQ(store.add(tessera_.release_of(0), std::nullopt), true);
    EXPECT_EQ(store.add(tessera_.release_of(0), std::nullopt), false);
    EXPECT_FALSE(store.has_key(hash));
  }
  disk_.lose_power(1);
  {
    auto store = open();
    EXPECT_FALSE(store.has_key(hash));
    EXPECT_EQ(store.add(tessera_.release_of(2), std::nullopt), true);
    EXPECT_TRUE(store.has_key(hash));
    EXPECT_EQ(store.add(tessera_.release_of(1), std::nullopt), false);
  }
  disk_.lose_power(2);
  const auto store = open();
  EXPECT_TRUE(store.has_key(hash));
  const auto release = store.read(hash);
  ASSERT_TRUE(release) << release.error().message;
  EXPECT_EQ(*release->key(), tessera_.key);
}

TEST_F(ReleaseStoreTest, DoesWithoutAFileThatIsDamaged) {
  const auto hash = tessera_.content_hash();
  {
    auto store = open();
    ASSERT_TRUE(store.add(tessera_.release_of(0), std::nullopt));
  }
  const auto file = runtime::path("/data/releases") / hash.hex();
  ASSERT_TRUE(disk_.remove(file));
  ASSERT_TRUE((*disk_.create(file, 0600))->append(base::as_bytes("nothing that is any use")));
  auto store = open();
  EXPECT_TRUE(store.all().empty());
  EXPECT_EQ(store.add(tessera_.release_of(1), std::nullopt), true);
}

}  // namespace
}  // namespace tesseras::release
