#include "foundation/runtime/free_name.hpp"

#include <gtest/gtest.h>

#include "foundation/base/text.hpp"
#include "foundation/runtime/disk_memory.hpp"

namespace tesseras::runtime {
namespace {

using base::Code;

TEST(FreeName, IsFreeWhateverWasThere) {
  MemoryDisk disk;
  ASSERT_TRUE(disk.make_folders("/d", 0700));
  EXPECT_TRUE(remove_if_there(disk, "/d/one"));
  for (int i = 0; i < 2; ++i) {
    const auto file = create_anew(disk, "/d/one", 0600);
    ASSERT_TRUE(file) << file.error().message;
    EXPECT_EQ((*file)->status()->size_bytes, 0U);
    ASSERT_TRUE((*file)->append(base::as_bytes("bytes")));
  }
  EXPECT_TRUE(remove_if_there(disk, "/d/one"));
  EXPECT_EQ(disk.status("/d/one").error().code, Code::not_found);
}

TEST(FreeName, IsNotToBeHadFromADiskThatFails) {
  MemoryDisk disk;
  ASSERT_TRUE(disk.make_folders("/d", 0700));
  ASSERT_TRUE(create_anew(disk, "/d/one", 0600));
  disk.set_read_only(true);
  EXPECT_EQ(remove_if_there(disk, "/d/one").error().code, Code::denied);
  EXPECT_EQ(create_anew(disk, "/d/one", 0600).error().code, Code::denied);
}

}  // namespace
}  // namespace tesseras::runtime
