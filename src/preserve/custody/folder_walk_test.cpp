#include "preserve/custody/folder_walk.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "preserve/custody/testing.hpp"
#include "preserve/tessera/limits.hpp"

namespace tesseras::custody {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::must;
using testing::put;

std::vector<WalkedFolder> all_below(runtime::Disk& disk, const path& folder) {
  std::vector<WalkedFolder> all;
  FolderWalk walk(disk, folder);
  while (auto next = must(walk.next())) all.push_back(std::move(*next));
  return all;
}

std::vector<std::string> names_in(const WalkedFolder& folder) {
  std::vector<std::string> names;
  for (const auto& entry : folder.entries) names.push_back(entry.relative);
  return names;
}

TEST(FolderWalk, TellsEveryFolderOnceAndTheNearFirst) {
  runtime::MemoryDisk disk;
  put(disk, "/in/b/deep/file", "1");
  put(disk, "/in/a/file", "2");
  put(disk, "/in/file", "3");
  must(disk.make_folders("/in/a/empty", 0755));
  const auto all = all_below(disk, "/in");
  ASSERT_EQ(all.size(), 5U);
  EXPECT_EQ(all[0].relative, "");
  EXPECT_THAT(names_in(all[0]), ElementsAre("a", "b", "file"));
  EXPECT_EQ(all[0].entries[0].kind, runtime::FileKind::folder);
  EXPECT_EQ(all[0].entries[2].kind, runtime::FileKind::file);
  EXPECT_THAT(names_in(all[1]), ElementsAre("a/empty", "a/file"));
  EXPECT_THAT(names_in(all[2]), ElementsAre("b/deep"));
  EXPECT_EQ(all[3].relative, "a/empty");
  EXPECT_THAT(all[3].entries, IsEmpty());
  EXPECT_THAT(names_in(all[4]), ElementsAre("b/deep/file"));
}

TEST(FolderWalk, TellsLinksAndFollowsNone) {
  const base::TemporaryFolder real;
  std::filesystem::create_directory(real.path() / "folder");
  std::filesystem::create_directory_symlink(real.path(), real.path() / "folder" / "back");
  const auto all = all_below(runtime::posix_disk(), real.path());
  ASSERT_EQ(all.size(), 2U);
  EXPECT_THAT(names_in(all[1]), ElementsAre("folder/back"));
  EXPECT_EQ(all[1].entries[0].kind, runtime::FileKind::symlink);
}

TEST(FolderWalk, TellsOfAFolderTooDeepAndStaysOutside) {
  runtime::MemoryDisk disk;
  const std::string name(200, 'n');
  std::string deep = name;
  while (deep.size() <= tessera::Limits::path_bytes_max) deep += "/" + name;
  put(disk, path("/in") / deep / "file", "1");
  const auto all = all_below(disk, "/in");
  const auto& last = all.back().entries;
  ASSERT_EQ(last.size(), 1U);
  EXPECT_EQ(last[0].relative, deep);
  EXPECT_TRUE(last[0].is_too_deep);
  for (const auto& folder : all) EXPECT_LE(folder.relative.size(), tessera::Limits::path_bytes_max);
}

TEST(FolderWalk, FailsWhereAFolderCannotBeRead) {
  runtime::MemoryDisk disk;
  FolderWalk none(disk, "/none");
  EXPECT_EQ(none.next().error().code, Code::not_found);

  put(disk, "/in/gone/file", "1");
  FolderWalk walk(disk, "/in");
  ASSERT_TRUE(must(walk.next()));
  must(disk.remove_tree("/in/gone"));
  EXPECT_EQ(walk.next().error().code, Code::not_found);
}

}  // namespace
}  // namespace tesseras::custody
