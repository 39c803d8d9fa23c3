#include "node/publications.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

#include "foundation/runtime/disk_memory.hpp"
#include "foundation/runtime/whole_file.hpp"

namespace tesseras::node {
namespace {

using base::Code;
using ::testing::HasSubstr;

base::ContentHash hash(std::uint8_t number) {
  base::ContentHash hash;
  hash.bytes[0] = std::byte{number};
  return hash;
}

class PublicationsTest : public ::testing::Test {
 protected:
  PublicationsTest() {
    EXPECT_TRUE(disk_.make_folders("/node", 0700));
    EXPECT_TRUE(disk_.sync_tree("/"));
  }
  base::Result<Publications> open() { return Publications::open(disk_, "/node/published"); }
  void put(std::string_view text) {
    ASSERT_TRUE(runtime::replace_whole(disk_, "/node/published", 0600, base::as_bytes(text)));
  }

  runtime::MemoryDisk disk_;
};

TEST_F(PublicationsTest, SurviveAPowerCut) {
  auto all = open();
  ASSERT_TRUE(all) << all.error().message;
  EXPECT_TRUE(all->all().empty());
  ASSERT_TRUE(all->add(hash(1)));
  ASSERT_TRUE(all->add(hash(2)));
  ASSERT_TRUE(all->add(hash(2)));
  ASSERT_TRUE(all->add(hash(3)));
  ASSERT_TRUE(all->remove(std::array{hash(1), hash(9), hash(3)}));
  ASSERT_TRUE(all->remove(std::array{hash(9)}));
  disk_.lose_power(7);
  EXPECT_EQ(open().value().all(), std::set{hash(2)});
}

TEST_F(PublicationsTest, StayAsTheyWereWhenTheDiskFails) {
  auto all = open().value();
  ASSERT_TRUE(all.add(hash(1)));
  disk_.set_capacity_bytes(0);
  EXPECT_EQ(all.add(hash(2)).error().code, Code::exhausted);
  EXPECT_EQ(all.all(), std::set{hash(1)});
  EXPECT_EQ(open().value().all(), std::set{hash(1)});
}

TEST_F(PublicationsTest, RefuseAFileThatIsNoneOfOurs) {
  for (const auto* wrong : {"hello\n", "ab\n", "\n"}) {
    put(wrong);
    const auto refused = open();
    ASSERT_FALSE(refused) << wrong;
    EXPECT_EQ(refused.error().code, Code::corrupt);
    EXPECT_THAT(refused.error().message, HasSubstr("line 1"));
  }
  put(hash(1).hex());
  EXPECT_FALSE(open()) << "the last line is cut";
  put(hash(1).hex() + "\n" + hash(2).hex() + "x\n");
  EXPECT_THAT(open().error().message, HasSubstr("line 2"));
}

}  // namespace
}  // namespace tesseras::node
