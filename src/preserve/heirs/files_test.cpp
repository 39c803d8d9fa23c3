#include "preserve/heirs/files.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "foundation/runtime/disk_memory.hpp"
#include "preserve/heirs/share_fixture.hpp"

namespace tesseras::heirs {
namespace {

using base::Code;
using runtime::MemoryDisk;
using testing::ElementsAre;
using testing::HasSubstr;

TEST(HeirFiles, AreTwoOfEachForTheirOwnerAlone) {
  MemoryDisk disk;
  const auto shares = shares_of(1, 2, 2);
  const auto written = write_shares(disk, "/out/shares", shares);
  ASSERT_TRUE(written) << written.error().message;
  EXPECT_THAT(*written, ElementsAre("heir_share_1.bin", "heir_share_1.txt", "heir_share_2.bin",
                                    "heir_share_2.txt"));
  for (const auto& name : *written) {
    const auto status = disk.status(runtime::path("/out/shares") / name);
    ASSERT_TRUE(status);
    EXPECT_EQ(status->permissions, 0600U);
    const auto reading = read_share(disk, runtime::path("/out/shares") / name);
    ASSERT_TRUE(reading) << reading.error().message;
    EXPECT_TRUE(reading->share.set == shares[0].set);
  }
}

TEST(HeirFiles, HavePagesWhereTheyAreWanted) {
  MemoryDisk disk;
  const auto written =
      write_shares(disk, "/shares", shares_of(1, 2, 2), paper::Language::portuguese);
  ASSERT_TRUE(written) << written.error().message;
  EXPECT_THAT(*written, ElementsAre("heir_share_1.bin", "heir_share_1.txt", "heir_share_1.pdf",
                                    "heir_share_2.bin", "heir_share_2.txt", "heir_share_2.pdf"));
  EXPECT_EQ(disk.status("/shares/heir_share_2.pdf")->permissions, 0600U);
  const auto none = write_shares(disk, "/many", shares_of(1, 2, 23), paper::Language::english);
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, Code::exhausted);
  EXPECT_FALSE(disk.status("/many"));
}

TEST(HeirFiles, AShareIsNeverWrittenOver) {
  MemoryDisk disk;
  ASSERT_TRUE(write_shares(disk, "/shares", shares_of(1, 2, 2)));
  const auto before = encode(read_share(disk, "/shares/heir_share_2.bin")->share);
  const auto again = write_shares(disk, "/shares", shares_of(1, 2, 3));
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, Code::conflict);
  EXPECT_THAT(again.error().message, HasSubstr("heir_share_1.bin"));
  EXPECT_TRUE(encode(read_share(disk, "/shares/heir_share_2.bin")->share) == before);
  EXPECT_FALSE(disk.status("/shares/heir_share_3.bin"));
}

TEST(HeirFiles, WhatIsWrongIsSaidOfTheFile) {
  MemoryDisk disk;
  ASSERT_TRUE(write_shares(disk, "/shares", shares_of(1, 2, 2)));
  auto file = disk.open_append("/shares/heir_share_1.bin");
  ASSERT_TRUE(file);
  ASSERT_TRUE((*file)->truncate(20));
  const auto reading = read_share(disk, "/shares/heir_share_1.bin");
  ASSERT_FALSE(reading);
  EXPECT_EQ(reading.error().code, Code::corrupt);
  EXPECT_THAT(reading.error().message, HasSubstr("/shares/heir_share_1.bin: "));
  EXPECT_EQ(read_share(disk, "/shares/none").error().code, Code::not_found);
}

TEST(HeirFiles, WhatIsTooLargeIsNotRead) {
  MemoryDisk disk;
  auto file = disk.create("/large", 0600);
  ASSERT_TRUE(file);
  ASSERT_TRUE((*file)->append(base::Bytes(70'000)));
  EXPECT_EQ(read_share(disk, "/large").error().code, Code::corrupt);
}

}  // namespace
}  // namespace tesseras::heirs
