#include "preserve/contacts/witness_notes.hpp"

#include <gtest/gtest.h>

#include "foundation/runtime/disk_memory.hpp"
#include "foundation/runtime/whole_file.hpp"

namespace tesseras::contacts {
namespace {

using base::Code;
using dht::NodeId;

NodeId node(unsigned char byte) {
  NodeId id;
  id.bytes.fill(static_cast<std::byte>(byte));
  return id;
}

class Notes : public ::testing::Test {
 protected:
  Code code_of(std::string_view text) {
    EXPECT_TRUE(disk_.make_folders("/home/witnesses", 0700));
    EXPECT_TRUE(runtime::replace_whole(disk_, "/home/witnesses/" + hash_.hex(), 0600,
                                       base::as_bytes(text)));
    const auto read = notes_.read(hash_);
    EXPECT_FALSE(read) << text;
    return read ? Code::internal : read.error().code;
  }

  runtime::MemoryDisk disk_;
  WitnessNotes notes_{disk_, "/home"};
  base::ContentHash hash_{{std::byte{7}}};
};

TEST_F(Notes, AreReadAsTheyWereWritten) {
  EXPECT_EQ(notes_.read(hash_).error().code, Code::not_found);
  ASSERT_TRUE(notes_.write(hash_, std::vector{node(9), node(2), node(200)}));
  const WitnessNotes again(disk_, "/home");
  EXPECT_EQ(again.read(hash_).value(), (std::vector{node(2), node(9), node(200)}));
  EXPECT_EQ(again.read(base::ContentHash{}).error().code, Code::not_found);
  EXPECT_EQ(disk_.status("/home/witnesses/" + hash_.hex())->permissions, 0600U);
  ASSERT_TRUE(notes_.write(hash_, std::vector{node(3)}));
  EXPECT_EQ(notes_.read(hash_).value(), std::vector{node(3)});
}

TEST_F(Notes, SayWhereTheyAreDamaged) {
  const auto line = node(2).hex() + "\n";
  EXPECT_EQ(code_of("x"), Code::corrupt);
  EXPECT_EQ(code_of("\n"), Code::corrupt);
  EXPECT_EQ(code_of(line.substr(0, 40)), Code::corrupt);
  EXPECT_EQ(code_of(line + "\n"), Code::corrupt);
  EXPECT_EQ(code_of(line + line), Code::corrupt);
  EXPECT_EQ(code_of(node(3).hex() + "\n" + line), Code::corrupt);
  EXPECT_EQ(code_of(line.substr(0, 39) + "G\n"), Code::corrupt);
}

}  // namespace
}  // namespace tesseras::contacts
