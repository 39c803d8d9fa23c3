#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "foundation/base/folder_fixture.hpp"
#include "foundation/runtime/disk.hpp"
#include "foundation/runtime/disk_suite.hpp"

namespace tesseras::runtime {
namespace {

class PosixPlace {
 public:
  Disk& disk() { return posix_disk(); }
  path root() const { return folder_.path(); }

 private:
  base::TemporaryFolder folder_;
};

INSTANTIATE_TYPED_TEST_SUITE_P(Posix, DiskSuite, PosixPlace);

class PosixDiskTest : public DiskSuite<PosixPlace> {};

TEST_F(PosixDiskTest, NeverFollowsALinkAtTheEndOfAPath) {
  put("real", "secret");
  std::filesystem::create_symlink(at("real"), at("link"));
  ASSERT_TRUE(disk().make_folders(at("folder"), 0755));
  std::filesystem::create_directory_symlink(at("folder"), at("folder-link"));
  EXPECT_EQ(code(disk().open_read(at("link"))), base::Code::invalid);
  EXPECT_EQ(code(disk().open_append(at("link"))), base::Code::invalid);
  EXPECT_EQ(code(disk().create(at("link"), 0644)), base::Code::conflict);
  EXPECT_EQ(code(disk().list(at("folder-link"))), base::Code::invalid);
  EXPECT_EQ(disk().status(at("link")).value().kind, FileKind::symlink);
  ASSERT_TRUE(disk().remove(at("link")));
  ASSERT_TRUE(disk().remove_tree(at("folder-link")));
  EXPECT_EQ(get("real"), "secret");
  EXPECT_TRUE(disk().status(at("folder")));
}

TEST_F(PosixDiskTest, DoesNotWaitForAPipe) {
  ASSERT_EQ(::mkfifo(at("pipe").c_str(), 0600), 0);
  EXPECT_EQ(code(disk().open_read(at("pipe"))), base::Code::invalid);
  EXPECT_EQ(disk().list(at("")).value().at(0).kind, FileKind::other);
}

TEST_F(PosixDiskTest, ReachesFoldersDeeperThanASystemCallDoes) {
  path deep = at("");
  for (int i = 0; i < 60; ++i) deep /= std::string(100, 'd');
  ASSERT_GT(deep.native().size(), 6000U);
  ASSERT_TRUE(disk().make_folders(deep, 0755));
  auto file = disk().create(deep / "a", 0644);
  ASSERT_TRUE(file) << file.error().message;
  ASSERT_TRUE((*file)->append(base::as_bytes("deep")));
  ASSERT_TRUE(disk().rename(deep / "a", deep / "b"));
  EXPECT_EQ(disk().status(deep / "b").value().size_bytes, 4U);
  EXPECT_EQ(disk().list(deep).value().size(), 1U);
  EXPECT_TRUE(disk().remove(deep / "b"));
  EXPECT_EQ(code(disk().create(at(std::string(300, 'n')), 0644)), base::Code::invalid);
}

TEST_F(PosixDiskTest, PermissionIsDenied) {
  if (::geteuid() == 0) GTEST_SKIP() << "root may do everything";
  put("a", "x");
  ASSERT_EQ(::chmod(at("a").c_str(), 0), 0);
  EXPECT_EQ(code(disk().open_read(at("a"))), base::Code::denied);
}

TEST_F(PosixDiskTest, AProcessThatDiesGivesItsLockUp) {
  int ready[2];
  ASSERT_EQ(::pipe(ready), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    const auto held = disk().lock(at("lock"), std::chrono::milliseconds(0));
    const char byte = held ? 'y' : 'n';
    if (::write(ready[1], &byte, 1) != 1) ::_exit(2);
    ::pause();
    ::_exit(0);
  }
  char byte = 0;
  ASSERT_EQ(::read(ready[0], &byte, 1), 1);
  EXPECT_EQ(byte, 'y');
  EXPECT_EQ(code(disk().lock(at("lock"), std::chrono::milliseconds(10))), base::Code::unavailable);
  ASSERT_EQ(::kill(child, SIGKILL), 0);
  ASSERT_EQ(::waitpid(child, nullptr, 0), child);
  EXPECT_TRUE(disk().lock(at("lock"), std::chrono::milliseconds(1000)));
  ::close(ready[0]);
  ::close(ready[1]);
}

// Writing to /dev/full fails as a full disk does, but it is no regular file; a file size limit
// is the part of "no room" that any user can bring about.
TEST_F(PosixDiskTest, SaysWhenThereIsNoRoom) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::signal(SIGXFSZ, SIG_IGN);
    const struct rlimit limit{1000, 1000};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    auto file = disk().create(at("a"), 0644);
    const auto result = (*file)->append(base::Bytes(2000));
    ::_exit(!result && result.error().code == base::Code::exhausted ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace tesseras::runtime
