#include "node/node_key.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>

#include "foundation/base/text.hpp"
#include "foundation/runtime/disk_memory.hpp"
#include "foundation/runtime/prng.hpp"
#include "foundation/runtime/whole_file.hpp"
#include "preserve/contacts/card.hpp"

namespace tesseras::node {
namespace {

using base::Code;
using ::testing::HasSubstr;

class OfANode : public ::testing::Test {
 protected:
  OfANode() { EXPECT_TRUE(disk_.make_folders("/d", 0700)); }

  base::Result<NodeKey> open() {
    return open_node_key(disk_, "/d", [this](base::MutableByteSpan into) {
      for (auto& byte : into) byte = std::byte(dice_.below(256));
    });
  }
  base::Bytes bytes_of(const char* name) { return runtime::read_whole(disk_, name, 100).value(); }
  void put(const char* name, base::ByteSpan bytes, std::uint32_t permissions = 0600) {
    ASSERT_TRUE(runtime::replace_whole(disk_, name, permissions, bytes));
  }

  runtime::MemoryDisk disk_;
  runtime::Prng dice_{7};
};

TEST_F(OfANode, IsMadeOnceAndKept) {
  const auto first = open();
  ASSERT_TRUE(first) << first.error().message;
  EXPECT_TRUE(first->is_new);
  EXPECT_TRUE(dht::has_proof(first->id));
  const auto file = bytes_of("/d/identity.key");
  ASSERT_EQ(file.size(), 40U);
  EXPECT_TRUE(std::ranges::equal(base::ByteSpan(file).first(32), first->key.public_key().bytes));
  EXPECT_EQ(disk_.status("/d/identity.secret")->permissions, 0600U);
  const auto again = open();
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_FALSE(again->is_new);
  EXPECT_EQ(again->id, first->id);
  EXPECT_EQ(again->key.public_key(), first->key.public_key());
  EXPECT_TRUE(again->seed == first->seed);
}

TEST_F(OfANode, HasACardThatIsTheSameAtEachStart) {
  const auto first = open().value();
  const auto card = contacts::decode(card_of(first));
  ASSERT_TRUE(card) << card.error().message;
  const auto* node = std::get_if<contacts::NodeCard>(&*card);
  ASSERT_NE(node, nullptr);
  EXPECT_EQ(contacts::node_id_of(*node), first.id);
  EXPECT_EQ(node->ed25519, first.key.public_key());
  const auto shared = crypto::xwing_encapsulate(node->xwing).value();
  EXPECT_EQ(node_xwing_key(first).decapsulate(shared.ciphertext).value(), shared.shared_secret);
  EXPECT_EQ(card_of(open().value()), card_of(first));
}

TEST_F(OfANode, IsAnotherWhenItsNameWasDeleted) {
  const auto first = open().value();
  const auto secret = bytes_of("/d/identity.secret");
  ASSERT_TRUE(disk_.remove("/d/identity.key"));
  const auto second = open().value();
  EXPECT_TRUE(second.is_new);
  EXPECT_NE(second.id, first.id);
  EXPECT_EQ(bytes_of("/d/identity.secret.old"), secret);
  ASSERT_TRUE(disk_.remove("/d/identity.key"));
  ASSERT_TRUE(open());
  EXPECT_EQ(bytes_of("/d/identity.secret.old"), secret);
  EXPECT_TRUE(disk_.status("/d/identity.secret.old-2"));
}

TEST_F(OfANode, RefusesFilesThatAreNotItsOwn) {
  const auto expect = [&](Code code, const char* reason) {
    const auto opened = open();
    ASSERT_FALSE(opened) << reason;
    EXPECT_EQ(opened.error().code, code) << opened.error().message;
    EXPECT_THAT(opened.error().message, HasSubstr(reason));
  };
  ASSERT_TRUE(open());
  const auto key = bytes_of("/d/identity.key"), secret = bytes_of("/d/identity.secret");
  for (std::size_t size : {0U, 31U, 39U, 41U}) {
    base::Bytes other = key;
    other.resize(size);
    put("/d/identity.key", other);
    expect(Code::corrupt, "40 bytes");
  }
  for (std::size_t at = 0; at < key.size(); ++at) {
    base::Bytes other = key;
    other[at] ^= std::byte{1};
    put("/d/identity.key", other);
    EXPECT_EQ(open().error().code, Code::corrupt) << at;
  }
  put("/d/identity.key", key);
  base::Bytes other = secret;
  other[3] ^= std::byte{1};
  put("/d/identity.secret", other);
  expect(Code::corrupt, "do not belong together");
  other.pop_back();
  put("/d/identity.secret", other);
  expect(Code::corrupt, "32 bytes");
  put("/d/identity.secret", secret, 0640);
  expect(Code::denied, "chmod 600");
  ASSERT_TRUE(disk_.remove("/d/identity.secret"));
  expect(Code::not_found, "put it back");
  put("/d/identity.secret", secret);
  EXPECT_TRUE(open());
}

TEST_F(OfANode, IsWholeOrNotThereAfterAPowerCut) {
  for (std::uint64_t n = 1; n < 40; ++n) {
    runtime::MemoryDisk disk;
    ASSERT_TRUE(disk.make_folders("/d", 0700));
    ASSERT_TRUE(disk.sync(std::array{runtime::path("/"), runtime::path("/d")}));
    const auto random = [this](base::MutableByteSpan into) {
      for (auto& byte : into) byte = std::byte(dice_.below(256));
    };
    disk.lose_power_at(n);
    const auto made = open_node_key(disk, "/d", random);
    disk.lose_power(n);
    const auto after = open_node_key(disk, "/d", random);
    ASSERT_TRUE(after) << after.error().message;
    if (made) {
      EXPECT_EQ(after->id, made->id);
    }
  }
}

}  // namespace
}  // namespace tesseras::node
