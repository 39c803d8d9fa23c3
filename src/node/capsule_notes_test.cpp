#include "node/capsule_notes.hpp"

#include <gtest/gtest.h>

#include <array>

#include "foundation/runtime/disk_memory.hpp"
#include "foundation/runtime/whole_file.hpp"
#include "foundation/wire/message_pack.hpp"
#include "foundation/wire/note.hpp"
#include "preserve/release/release_fixture.hpp"

namespace tesseras::node {
namespace {

dht::NodeId node_of(std::uint8_t number) {
  dht::NodeId id;
  id.bytes.back() = std::byte{number};
  return id;
}

class CapsuleNotesTest : public ::testing::Test {
 protected:
  CapsuleNotesTest() {
    EXPECT_TRUE(disk_.make_folders("/data", 0700));
    EXPECT_TRUE(disk_.sync_tree("/"));
    capsule_.manifest = tessera_.deposit().shared_manifest();
    capsule_.witnesses = tessera_.witnesses;
    capsule_.signature = tessera_.signature();
    capsule_.told = {{node_of(1), {true, 1'770'000'000}}, {node_of(2), {}}};
    capsule_.key = std::make_shared<const sealing::ContentKey>(tessera_.key.clone());
  }
  CapsuleNotes open() {
    return CapsuleNotes::open(disk_, "/data/capsules", runtime::Log(runtime::no_log(), "test"))
        .value();
  }

  runtime::MemoryDisk disk_;
  const release::SealedTessera tessera_;
  Capsule capsule_;
};

TEST_F(CapsuleNotesTest, StandOverPowerCuts) {
  {
    auto notes = open();
    ASSERT_TRUE(notes.set(capsule_));
  }
  disk_.lose_power(1);
  auto notes = open();
  ASSERT_EQ(notes.all().size(), 1U);
  const auto& read = notes.all().at(tessera_.content_hash());
  EXPECT_EQ(read.witnesses, tessera_.witnesses);
  EXPECT_EQ(read.signature, tessera_.signature());
  ASSERT_TRUE(read.key);
  EXPECT_EQ(*read.key, tessera_.key);
  ASSERT_EQ(read.told.size(), 2U);
  EXPECT_TRUE(read.told.at(node_of(1)).has);
  EXPECT_EQ(read.told.at(node_of(1)).given_seconds, 1'770'000'000);
  EXPECT_FALSE(read.told.at(node_of(2)).has);
  EXPECT_FALSE(read.is_taken_back());
  // None is none.
  ASSERT_TRUE(notes.remove(tessera_.content_hash()));
  ASSERT_TRUE(notes.remove(tessera_.content_hash()));
  disk_.lose_power(2);
  EXPECT_TRUE(open().all().empty());
}

TEST_F(CapsuleNotesTest, RememberWhoIsToBeToldThatItWasTakenBack) {
  capsule_.witnesses.clear();
  capsule_.key = nullptr;
  {
    auto notes = open();
    ASSERT_TRUE(notes.set(capsule_));
  }
  const auto notes = open();
  const auto& read = notes.all().at(tessera_.content_hash());
  EXPECT_TRUE(read.is_taken_back());
  EXPECT_EQ(read.told.size(), 2U);
  EXPECT_FALSE(read.key);
}

TEST_F(CapsuleNotesTest, OfAnEarlierReleaseDoNotSayWhenADepositWasGiven) {
  const auto map = wire::pack_map([&](wire::MapWriter& out) {
    out.bytes("manifest", base::as_bytes(tessera_.manifest));
    out.list("told", std::array{node_of(1)}, [](wire::ArrayWriter& list, const dht::NodeId& id) {
      list.map([&](wire::MapWriter& entry) {
        entry.boolean("has", true);
        entry.bytes("node", id.bytes);
      });
    });
    out.bytes("witnesses", tessera_.witnesses);
  });
  ASSERT_TRUE(map);
  ASSERT_TRUE(disk_.make_folders("/data/capsules", 0700));
  const auto note = wire::seal_note({"TESSCAP", 1, "the note of a sealed tessera"}, *map);
  ASSERT_TRUE(
      runtime::replace_whole(disk_, "/data/capsules/" + tessera_.content_hash().hex(), 0600, note));
  const auto notes = open();
  ASSERT_EQ(notes.all().size(), 1U);
  const auto& told = notes.all().at(tessera_.content_hash()).told;
  EXPECT_TRUE(told.at(node_of(1)).has);
  EXPECT_EQ(told.at(node_of(1)).given_seconds, 0);
}

// The key that was left may be nowhere else.
TEST_F(CapsuleNotesTest, ThatAreDamagedAreSetAside) {
  {
    auto notes = open();
    ASSERT_TRUE(notes.set(capsule_));
  }
  const runtime::path file = "/data/capsules/" + tessera_.content_hash().hex();
  auto bytes = runtime::read_whole(disk_, file, 100'000).value();
  bytes[bytes.size() / 2] ^= std::byte{1};
  ASSERT_TRUE(runtime::replace_whole(disk_, file, 0600, bytes));
  EXPECT_TRUE(open().all().empty());
  const auto aside = runtime::read_whole(disk_, file.native() + ".damaged", 100'000);
  ASSERT_TRUE(aside);
  EXPECT_EQ(*aside, bytes);
}

}  // namespace
}  // namespace tesseras::node
