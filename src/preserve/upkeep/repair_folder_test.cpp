#include "preserve/upkeep/repair_folder.hpp"

#include <gtest/gtest.h>

#include "foundation/runtime/disk_memory.hpp"
#include "foundation/runtime/whole_file.hpp"

namespace tesseras::upkeep {
namespace {

base::PlanId plan(unsigned number) {
  base::PlanId id;
  id.bytes[0] = static_cast<std::byte>(number);
  return id;
}

class RepairFolder : public ::testing::Test {
 protected:
  runtime::path folder_of(unsigned number) { return folder_ / plan(number).hex(); }
  void put(const runtime::path& file, std::string_view text) {
    ASSERT_TRUE(disk_.make_folders(file.parent_path(), 0700));
    ASSERT_TRUE(runtime::replace_whole(disk_, file, 0600, base::as_bytes(text)));
  }

  runtime::MemoryDisk disk_;
  runtime::path folder_ = "/repair";
};

TEST_F(RepairFolder, IsEmptyBeforeTheFirstRepair) {
  EXPECT_TRUE(left_behind(disk_, folder_).empty());
}

TEST_F(RepairFolder, TellsPacksFromWhatIsGathered) {
  put(folder_of(1) / "parts" / "0", "1234567890");
  put(folder_of(1) / "parts" / "17", "1234567890");
  put(folder_of(2) / "parts" / "3", "1234567");
  const base::WallTime since{1'771'061'400, 0};
  ASSERT_TRUE(note_pack(disk_, folder_of(1), since));
  const auto found = left_behind(disk_, folder_);
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].plan, plan(1));
  EXPECT_EQ(found[0].pack_since, since);
  EXPECT_EQ(found[0].bytes, 31U);  // its note has eleven
  EXPECT_EQ(found[1], (LeftBehind{plan(2), std::nullopt, 7}));
}

TEST_F(RepairFolder, WhatIsNoPlansGoes) {
  put(folder_ / "notes.txt", "x");
  put(folder_ / "abcdef" / "0", "x");
  put(folder_ / plan(3).hex(), "a file");
  EXPECT_TRUE(left_behind(disk_, folder_).empty());
  EXPECT_TRUE(disk_.list(folder_)->empty());
}

TEST_F(RepairFolder, ANoteThatIsNoneCountsAsNone) {
  for (const std::string_view text :
       {"", "\n", "soon\n", "-5\n", "12", "1e9\n", "99999999999999999999999999999999999999\n"}) {
    put(folder_of(1) / "pack-since", text);
    const auto found = left_behind(disk_, folder_);
    ASSERT_EQ(found.size(), 1U);
    EXPECT_FALSE(found[0].pack_since) << text;
  }
}

}  // namespace
}  // namespace tesseras::upkeep
