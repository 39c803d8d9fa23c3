#include "preserve/custody/package.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "preserve/custody/testing.hpp"

namespace tesseras::custody {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::must;
using testing::outcome;
using ::testing::StartsWith;

TEST(PackagePath, TakesOrdinaryNames) {
  for (const auto* path : {"a", "a/b", "a b/c\nd", "...", ".hidden/x", "a/..b/c..", "\xff\xfe",
                           "C:/x", "a\\b", "~", "tessera-x/identity/signature.ed25519.sig"}) {
    EXPECT_EQ(package_path_fault(path), "") << path;
  }
  EXPECT_EQ(package_path_fault(std::string(4096, 'a')), "");
}

TEST(PackagePath, RefusesNamesThatLeadElsewhere) {
  using namespace std::string_view_literals;
  for (const auto path :
       {""sv, "/"sv, "/etc/passwd"sv, "//a"sv, ".."sv, "../a"sv, "a/.."sv, "a/../b"sv,
        "a/b/../../../c"sv, "."sv, "./a"sv, "a/./b"sv, "a/."sv, "a//b"sv, "a\0b"sv, "\0"sv}) {
    EXPECT_NE(package_path_fault(path), "") << path;
  }
  EXPECT_NE(package_path_fault(std::string(4097, 'a')), "");
}

std::vector<std::string> names_in(Package& package) {
  std::vector<std::string> names;
  while (const auto entry = must(package.next())) {
    names.push_back(entry->path + (entry->is_folder ? "/" : ""));
  }
  return names;
}

TEST(FolderPackage, GivesEveryFileAndFolderAndBeginsAnew) {
  runtime::MemoryDisk disk;
  testing::put(disk, "/in/top/b", "2");
  testing::put(disk, "/in/top/a", "1");
  testing::put(disk, "/in/top/sub/deep/c", "333");
  must(disk.make_folders("/in/top/empty", 0755));
  const auto package = must(open_package(disk, "/in/top/", {}));
  EXPECT_THAT(names_in(*package), ElementsAre("top/a", "top/b", "top/empty/", "top/sub/",
                                              "top/sub/deep/", "top/sub/deep/c"));
  EXPECT_FALSE(must(package->next()));
  must(package->rewind());
  ASSERT_EQ(must(package->next())->path, "top/a");
  must(package->rewind());
  base::Bytes bytes(10);
  while (const auto entry = must(package->next())) {
    const auto got = must(package->read(bytes));
    EXPECT_EQ(entry->size_bytes.value_or(0), got) << entry->path;
    EXPECT_EQ(entry->size_bytes.has_value(), !entry->is_folder) << entry->path;
    EXPECT_EQ(must(package->read(bytes)), 0U);
  }
}

TEST(FolderPackage, TellsWhatIsNotThere) {
  runtime::MemoryDisk disk;
  EXPECT_THAT(outcome(open_package(disk, "/nowhere", {})), StartsWith("not_found: "));
}

TEST(FolderPackage, RefusesLinksAndDevices) {
  auto& disk = runtime::posix_disk();
  const base::TemporaryFolder real;
  const auto folder = real.path() / "t";
  std::filesystem::create_directory(folder);
  const auto refusal = [&] {
    const auto package = must(open_package(disk, folder, {}));
    while (true) {
      const auto entry = package->next();
      if (!entry) return outcome(entry);
      if (!*entry) return std::string("ok");
    }
  };
  EXPECT_EQ(refusal(), "ok");
  std::filesystem::create_symlink("/etc/passwd", folder / "link");
  EXPECT_THAT(refusal(), StartsWith("invalid: link is a link"));
  std::filesystem::remove(folder / "link");
  std::filesystem::create_directory_symlink("/etc", folder / "folder");
  EXPECT_THAT(refusal(), StartsWith("invalid: folder is a link"));
  std::filesystem::remove(folder / "folder");
  ASSERT_EQ(::mkfifo((folder / "pipe").c_str(), 0644), 0);
  EXPECT_THAT(refusal(), StartsWith("invalid: pipe is a link or a device"));
}

TEST(FolderPackage, RefusesAPipeInsteadOfWaitingAtIt) {
  const base::TemporaryFolder real;
  ASSERT_EQ(::mkfifo((real.path() / "pipe").c_str(), 0644), 0);
  EXPECT_THAT(outcome(open_package(runtime::posix_disk(), real.path() / "pipe", {})),
              StartsWith("invalid: "));
  EXPECT_THAT(outcome(open_package(runtime::posix_disk(), "/dev/zero", {})),
              StartsWith("invalid: "));
}

}  // namespace
}  // namespace tesseras::custody
