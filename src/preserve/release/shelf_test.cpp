#include "preserve/release/shelf.hpp"

#include <gtest/gtest.h>

#include "foundation/runtime/disk_memory.hpp"
#include "foundation/runtime/log.hpp"

namespace tesseras::release {
namespace {

using base::Code;
using base::ContentHash;

constexpr wire::NoteKind kind{"TESSTES", 1, "a note of a test"};
constexpr ShelfBounds bounds{5, 2};

ContentHash hash_of(char digit) { return *ContentHash::from_hex(std::string(64, digit)); }

Shelf::Origin from(std::uint8_t network) {
  return {dht::Network{runtime::IpAddress::v4(203, 0, network, 0), 0}, false};
}

const Shelf::Origin neighbour{std::nullopt, false};
const Shelf::Origin own{std::nullopt, true};

class ShelfTest : public ::testing::Test {
 protected:
  ShelfTest() {
    EXPECT_TRUE(disk_.make_folders("/data", 0700));
    EXPECT_TRUE(disk_.sync_tree("/"));
  }
  Shelf open() {
    const auto take = [](const ContentHash&, base::ByteSpan body) -> Result<void> {
      if (base::as_text(body) == "bad") return base::fail(Code::corrupt, "it is bad");
      return {};
    };
    return Shelf::open(disk_, "/data/shelf", kind, bounds, take,
                       runtime::Log(runtime::no_log(), "test"))
        .value();
  }

  runtime::MemoryDisk disk_;
};

TEST_F(ShelfTest, StandsOverPowerCuts) {
  {
    auto shelf = open();
    EXPECT_EQ(shelf.read(hash_of('a')).error().code, Code::not_found);
    ASSERT_TRUE(shelf.put(hash_of('a'), base::to_bytes("first"), from(1)));
    ASSERT_TRUE(shelf.put(hash_of('a'), base::to_bytes("second"), from(2)));
    ASSERT_TRUE(shelf.put(hash_of('b'), base::to_bytes("own"), neighbour));
    ASSERT_TRUE(shelf.put(hash_of('c'), base::to_bytes("gone"), neighbour));
    ASSERT_TRUE(shelf.remove(hash_of('c')));
    ASSERT_TRUE(shelf.remove(hash_of('d')));
  }
  disk_.lose_power(3);
  const auto shelf = open();
  EXPECT_EQ(shelf.read(hash_of('a')), base::to_bytes("second"));
  EXPECT_EQ(shelf.all().at(hash_of('a')), from(1).network);
  EXPECT_EQ(shelf.all().at(hash_of('b')), std::nullopt);
  EXPECT_TRUE(shelf.has(hash_of('b')));
}

TEST_F(ShelfTest, HasRoomForSoManyOfANetworkAlsoAfterARestart) {
  {
    auto shelf = open();
    ASSERT_TRUE(shelf.put(hash_of('a'), {}, from(1)));
    ASSERT_TRUE(shelf.put(hash_of('b'), {}, from(1)));
  }
  auto shelf = open();
  EXPECT_EQ(shelf.put(hash_of('c'), {}, from(1)).error().code, Code::exhausted);
  EXPECT_TRUE(shelf.put(hash_of('a'), base::to_bytes("again"), from(1)));
  EXPECT_TRUE(shelf.put(hash_of('c'), {}, from(2)));
  ASSERT_TRUE(shelf.remove(hash_of('a')));
  EXPECT_TRUE(shelf.put(hash_of('d'), {}, from(1)));
}

TEST_F(ShelfTest, HasRoomForSoManyInAll) {
  auto shelf = open();
  for (const char digit : {'0', '1', '2', '3', '4'})
    ASSERT_TRUE(shelf.put(hash_of(digit), {}, neighbour));
  EXPECT_EQ(shelf.put(hash_of('5'), {}, neighbour).error().code, Code::exhausted);
  // Nobody can keep a node from releasing what is its own to release.
  EXPECT_TRUE(shelf.put(hash_of('6'), {}, own));
}

TEST_F(ShelfTest, SetsAsideWhatIsDamaged) {
  {
    auto shelf = open();
    ASSERT_TRUE(shelf.put(hash_of('a'), base::to_bytes("good"), from(1)));
    ASSERT_TRUE(shelf.put(hash_of('b'), base::to_bytes("bad"), from(1)));
  }
  auto shelf = open();
  EXPECT_TRUE(shelf.has(hash_of('a')));
  EXPECT_FALSE(shelf.has(hash_of('b')));
  ASSERT_TRUE(shelf.put(hash_of('b'), base::to_bytes("good"), from(1)));
  EXPECT_TRUE(disk_.status("/data/shelf/" + hash_of('b').hex() + ".damaged"));
}

}  // namespace
}  // namespace tesseras::release
