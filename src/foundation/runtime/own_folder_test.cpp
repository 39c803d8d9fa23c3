#include "foundation/runtime/own_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "foundation/base/folder_fixture.hpp"

namespace tesseras::runtime {
namespace {

using base::Code;
using ::testing::HasSubstr;

class OwnFolder : public ::testing::Test {
 protected:
  ~OwnFolder() override { ::umask(usual_); }
  std::filesystem::path at(const char* name) const { return folder_.path() / name; }

  base::TemporaryFolder folder_;
  const ::mode_t usual_ = ::umask(022);
};

TEST_F(OwnFolder, HasTheModeThatIsAskedForWhateverTheUmask) {
  for (const ::mode_t mask : {0000U, 0077U}) {
    ::umask(mask);
    for (const std::uint32_t mode : {0710U, 0700U, 0710U}) {  // made, and changed
      ASSERT_TRUE(make_own_folder(at("a"), mode));
      EXPECT_EQ(ownership_of(at("a")).value(), (Ownership{::geteuid(), mode}));
    }
    std::filesystem::remove(at("a"));
  }
}

TEST_F(OwnFolder, IsNoFileAndNoLink) {
  std::ofstream(at("file")) << "x";
  std::filesystem::create_directory(at("folder"));
  std::filesystem::create_directory_symlink("folder", at("link"));
  EXPECT_EQ(make_own_folder(at("file"), 0700).error().code, Code::invalid);
  EXPECT_EQ(make_own_folder(at("link"), 0700).error().code, Code::invalid);
  EXPECT_EQ(make_own_folder(at("none/a"), 0700).error().code, Code::not_found);
  EXPECT_EQ(ownership_of(at("file")).error().code, Code::invalid);
  EXPECT_EQ(ownership_of(at("none")).error().code, Code::not_found);
  EXPECT_TRUE(ownership_of(at("link"))) << "whoever names a link means what it leads to";
}

TEST_F(OwnFolder, IsNobodyElses) {
  constexpr ::uid_t somebody = 54321;
  if (::geteuid() == 0) {
    std::filesystem::create_directory(at("theirs"));
    ASSERT_EQ(::chown(at("theirs").c_str(), somebody, somebody), 0);
    EXPECT_EQ(ownership_of(at("theirs")).value().owner, somebody);
  }
  const auto theirs = ::geteuid() == 0 ? at("theirs") : std::filesystem::path("/usr");
  const auto refused = make_own_folder(theirs, 0755);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::denied);
  EXPECT_THAT(refused.error().message, HasSubstr("belongs to user"));
}

}  // namespace
}  // namespace tesseras::runtime
