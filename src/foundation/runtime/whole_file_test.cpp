#include "foundation/runtime/whole_file.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>

#include "foundation/base/text.hpp"
#include "foundation/runtime/disk_memory.hpp"

namespace tesseras::runtime {
namespace {

using base::Code;

const path file = "/d/note";

std::string text_of(Disk& disk) {
  const auto bytes = read_whole(disk, file, 100);
  return bytes ? std::string(base::as_text(*bytes)) : name_of(bytes.error().code);
}

TEST(WholeFile, IsReplacedAndRead) {
  MemoryDisk disk;
  ASSERT_TRUE(disk.make_folders("/d", 0700));
  EXPECT_EQ(text_of(disk), "not_found");
  ASSERT_TRUE(replace_whole(disk, file, 0600, base::as_bytes("one")));
  EXPECT_EQ(disk.status(file)->permissions, 0600U);
  ASSERT_TRUE(replace_whole(disk, file, 0600, base::as_bytes("")));
  EXPECT_EQ(text_of(disk), "");
  ASSERT_TRUE(replace_whole(disk, file, 0600, base::as_bytes(std::string(101, 'x'))));
  EXPECT_EQ(text_of(disk), "corrupt");
  EXPECT_EQ(disk.list("/d")->size(), 1U);
  EXPECT_EQ(replace_whole(disk, "/none/note", 0600, {}).error().code, Code::not_found);
}

TEST(WholeFile, IsTheOldOneOrTheNewOneWhateverFails) {
  for (std::uint64_t n = 1;; ++n) {
    for (const bool power : {false, true}) {
      for (std::uint64_t seed = 0; seed < 8; ++seed) {
        MemoryDisk disk;
        ASSERT_TRUE(disk.make_folders("/d", 0700));
        ASSERT_TRUE(disk.sync(std::array{path("/"), path("/d")}));
        ASSERT_TRUE(replace_whole(disk, file, 0600, base::as_bytes("the old one")));
        if (power) {
          disk.lose_power_at(n);
        } else {
          disk.fail_operation(n, Code::exhausted);
        }
        const auto done = replace_whole(disk, file, 0600, base::as_bytes("the new one"));
        if (done) return;  // n is beyond the last operation
        if (power) disk.lose_power(seed);
        const auto now = text_of(disk);
        EXPECT_TRUE(now == "the new one" || now == "the old one") << n << ": " << now;
        // And the next one finds nothing in its way.
        EXPECT_TRUE(replace_whole(disk, file, 0600, base::as_bytes("third"))) << n;
        EXPECT_EQ(text_of(disk), "third");
      }
    }
  }
}

}  // namespace
}  // namespace tesseras::runtime
