#include "preserve/release/release_store.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "foundation/runtime/disk_memory.hpp"
#include "preserve/release/limits.hpp"
#include "preserve/release/release_fixture.hpp"

namespace tesseras::release {
namespace {

using base::Code;

const dht::NodeId own{};

class ReleaseStoreTest : public ::testing::Test {
 protected:
  ReleaseStoreTest() {
    EXPECT_TRUE(disk_.make_folders("/data", 0700));
    EXPECT_TRUE(disk_.sync_tree("/"));
  }
  ReleaseStore open() {
    return ReleaseStore::open(disk_, "/data/releases", own, runtime::Log(runtime::no_log(), "test"))
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

Shelf::Network network(std::uint8_t number) {
  return dht::Network{runtime::IpAddress::v4(203, 0, number, 0), 0};
}

// Releases of keys, the nearest to this node first.
std::vector<Release> some_releases(std::size_t count) {
  std::vector<Release> releases;
  releases.reserve(count);
  for (std::size_t i = 0; i < count; ++i) releases.push_back(SealedTessera(1, 1).with_key());
  std::ranges::sort(releases, {}, [](const Release& one) {
    return dht::distance(own, place_of(one.content_hash()));
  });
  return releases;
}

TEST_F(ReleaseStoreTest, LetsTheFarthestOfANetworkGoForANearerOneOfIt) {
  const auto releases = some_releases(Limits::releases_per_network_max + 2);
  const auto& nearest = releases.front();
  const auto& farthest = releases.back();
  const auto& farthest_but_one = releases[releases.size() - 2];
  {
    auto store = open();
    ASSERT_EQ(store.add(farthest, network(2)), true);
    for (std::size_t i = 1; i + 1 < releases.size(); ++i)
      ASSERT_EQ(store.add(releases[i], network(1)), true);
  }
  disk_.lose_power(1);
  auto store = open();
  std::vector<base::ContentHash> gone;
  store.set_on_gone([&](const base::ContentHash& hash) { gone.push_back(hash); });
  EXPECT_EQ(store.add(farthest, network(1)), false) << "it is there";
  EXPECT_EQ(store.add(nearest, network(1)), true);
  EXPECT_FALSE(store.has_key(farthest_but_one.content_hash()));
  EXPECT_EQ(gone, std::vector{farthest_but_one.content_hash()});
  EXPECT_TRUE(store.has_key(farthest.content_hash())) << "of another network";
  EXPECT_EQ(store.add(farthest_but_one, network(1)).error().code, Code::exhausted);
  EXPECT_EQ(store.add(farthest_but_one, network(3)), true);
}

TEST_F(ReleaseStoreTest, LetsNothingOfItsOwnGo) {
  const auto releases = some_releases(Limits::releases_per_network_max + 2);
  auto store = open();
  ASSERT_EQ(store.add(releases.back(), network(1)), true);
  EXPECT_EQ(store.add_own(releases.back()), false) << "nothing new, but it is its own from now on";
  for (std::size_t i = 1; i + 1 < releases.size(); ++i)
    ASSERT_EQ(store.add(releases[i], network(1)), true);
  EXPECT_EQ(store.add(releases.front(), network(1)), true);
  EXPECT_TRUE(store.has_key(releases.back().content_hash()));
  EXPECT_FALSE(store.has_key(releases[releases.size() - 2].content_hash()));
  EXPECT_EQ(store.all().at(releases.back().content_hash()), std::nullopt);
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
