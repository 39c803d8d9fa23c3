#include "preserve/intake/scan.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "preserve/intake/limits.hpp"
#include "preserve/media/testing.hpp"

namespace tesseras::intake {
namespace {

using base::Code;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::vector<std::string> taken(const Scan& scan) {
  std::vector<std::string> names;
  names.reserve(scan.candidates.size());
  for (const auto& candidate : scan.candidates) names.push_back(candidate.relative);
  return names;
}

TEST(Scan, WalksInTheOrderOfTheBytesOfThePaths) {
  media::Folder folder;
  for (const auto* name :
       {"b/z.txt", "b-1.txt", "b/a/deep.txt", "B.txt", "\xc3\xa4.txt", "a b.txt"}) {
    folder.write(name, "x");
  }
  const auto found = scan(runtime::posix_disk(), folder.path());
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_THAT(taken(*found), ElementsAre("B.txt", "a b.txt", "b-1.txt", "b/a/deep.txt", "b/z.txt",
                                         "\xc3\xa4.txt"));
  EXPECT_EQ(found->candidates[0].status.size_bytes, 1U);
  EXPECT_FALSE(found->has_description);
}

TEST(Scan, TakesNamesThatAreNoText) {
  media::Folder folder;
  const std::vector<std::string> names = {"\"quoted\"", ".hidden/file", "new\nline", "\xff\xfe",
                                          "\xf0\x9f\x8e\x82"};
  for (const auto& name : names) folder.write(name, "");
  const auto found = scan(runtime::posix_disk(), folder.path());
  ASSERT_TRUE(found);
  auto expected = names;
  std::ranges::sort(expected);
  EXPECT_EQ(taken(*found), expected);
}

TEST(Scan, NamesEverythingThatItDoesNotTake) {
  media::Folder folder;
  for (const auto* name : {".DS_Store", "a/Thumbs.db", "a/desktop.ini", "a/._photo.jpg", "real"}) {
    folder.write(name, "x");
  }
  std::filesystem::create_symlink("real", folder.path() / "link");
  std::filesystem::create_directory_symlink("a", folder.path() / "folder-link");
  ASSERT_EQ(::mkfifo((folder.path() / "pipe").c_str(), 0600), 0);
  const auto found = scan(runtime::posix_disk(), folder.path());
  ASSERT_TRUE(found);
  EXPECT_THAT(taken(*found), ElementsAre("real"));
  EXPECT_THAT(
      found->not_taken,
      ElementsAre(NotTaken{".DS_Store", "system file"}, NotTaken{"a/._photo.jpg", "system file"},
                  NotTaken{"a/Thumbs.db", "system file"}, NotTaken{"a/desktop.ini", "system file"},
                  NotTaken{"folder-link", "symbolic link"}, NotTaken{"link", "symbolic link"},
                  NotTaken{"pipe", "not a file (device, socket or pipe)"}));
}

TEST(Scan, NeverTakesASeedOfAnIdentity) {
  media::Folder folder;
  for (const auto* name : {"root.seed", "a/ROOT.Seed", "b/root.seed.new", "b/root.seeds"}) {
    folder.write(name, "x");
  }
  const auto found = scan(runtime::posix_disk(), folder.path());
  ASSERT_TRUE(found);
  EXPECT_THAT(taken(*found), ElementsAre("b/root.seeds"));
  EXPECT_EQ(found->not_taken.size(), 3U);
}

TEST(Scan, GivesContextsAndTheDescriptionToWhatTheyDescribe) {
  media::Folder folder;
  for (const auto* name :
       {"a.jpg", "a.jpg.context.txt", "a.jpg.context.txt.context.txt", "alone.context.txt",
        ".context.txt", "sub/tessera.toml", "tessera.toml", "tessera.toml.context.txt"}) {
    folder.write(name, "x");
  }
  const auto found = scan(runtime::posix_disk(), folder.path());
  ASSERT_TRUE(found);
  EXPECT_THAT(taken(*found),
              ElementsAre(".context.txt", "a.jpg", "a.jpg.context.txt.context.txt",
                          "alone.context.txt", "sub/tessera.toml", "tessera.toml.context.txt"));
  EXPECT_EQ(found->candidates[1].context, "a.jpg.context.txt");
  EXPECT_EQ(found->candidates[2].context, std::nullopt);
  EXPECT_THAT(found->describing, ElementsAre(Describing{"a.jpg.context.txt", "a.jpg"},
                                             Describing{"tessera.toml", ""}));
  EXPECT_TRUE(found->has_description);
}

TEST(Scan, AnEmptyFolderHoldsNothing) {
  media::Folder folder;
  std::filesystem::create_directories(folder.path() / "empty/too");
  const auto found = scan(runtime::posix_disk(), folder.path());
  ASSERT_TRUE(found);
  EXPECT_THAT(taken(*found), IsEmpty());
}

TEST(Scan, RefusesWhatIsNoFolder) {
  media::Folder folder;
  folder.write("file", "x");
  std::filesystem::create_directory_symlink(folder.path(), folder.path() / "link");
  auto& disk = runtime::posix_disk();
  EXPECT_EQ(scan(disk, folder.path() / "absent").error().code, Code::not_found);
  EXPECT_EQ(scan(disk, folder.path() / "file").error().code, Code::invalid);
  const auto link = scan(disk, folder.path() / "link");
  EXPECT_EQ(link.error().code, Code::invalid);
  EXPECT_THAT(link.error().message, HasSubstr("symbolic link"));
}

TEST(Scan, AFolderThatMayNotBeReadIsAnErrorThatNamesIt) {
  if (::geteuid() == 0) GTEST_SKIP() << "root may read everything";
  media::Folder folder;
  folder.write("closed/file", "x");
  ::chmod((folder.path() / "closed").c_str(), 0);
  const auto found = scan(runtime::posix_disk(), folder.path());
  ::chmod((folder.path() / "closed").c_str(), 0700);
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, Code::denied);
  EXPECT_THAT(found.error().message, HasSubstr("closed"));
}

TEST(Scan, BoundsTheDepth) {
  media::Folder folder;
  std::filesystem::path deep = folder.path();
  for (std::size_t i = 0; i < Limits::depth_max; ++i) deep /= "d";
  std::filesystem::create_directories(deep);
  EXPECT_TRUE(scan(runtime::posix_disk(), folder.path()));
  std::filesystem::create_directory(deep / "e");
  const auto found = scan(runtime::posix_disk(), folder.path());
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, Code::invalid);
}

}  // namespace
}  // namespace tesseras::intake
