#include "node/control_trust.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "foundation/base/folder_fixture.hpp"
#include "foundation/runtime/system_loop.hpp"

namespace tesseras::node {
namespace {

using base::Code;
using ::testing::HasSubstr;

constexpr std::uint32_t root = 0, keeper = 998, ana = 1001, eve = 1002;

TEST(ControlTrust, IsInOnesOwnProgramsAndRootsWhereverTheyListen) {
  const ControlWay anywhere{{eve, 0777}, {eve, 0777}};
  EXPECT_TRUE(is_trusted(ana, ana, anywhere));
  EXPECT_TRUE(is_trusted(root, ana, anywhere));
  EXPECT_FALSE(is_trusted(ana, root, anywhere)) << "root believes nobody more than others do";
}

TEST(ControlTrust, IsInAnothersWhoAloneCanHavePutTheSocketThere) {
  EXPECT_TRUE(is_trusted(keeper, ana, {{keeper, 0710}, {keeper, 0710}}));
  EXPECT_TRUE(is_trusted(keeper, root, {{keeper, 0755}, {keeper, 0710}}));
}

TEST(ControlTrust, IsNotInWhoeverElseCouldHave) {
  const ControlWay ways[] = {
      {{keeper, 0710}, {eve, 0710}},     // a folder of hers, in one that she may write into
      {{ana, 0700}, {eve, 0710}},        // the same, in our own
      {{ana, 0700}, {ana, 0700}},        // a socket of hers in folders of ours
      {{eve, 0730}, {eve, 0710}},        // others may put a folder there
      {{eve, 0710}, {eve, 0712}},        // or a socket
      {{root, 0755}, {eve, 0710}},       // as below /tmp
      {{keeper, 0710}, {keeper, 0710}},  // hers in the daemon's
  };
  for (const auto& way : ways) EXPECT_FALSE(is_trusted(eve, ana, way)) << &way - ways;
}

TEST(ControlTrust, SaysWhatToDo) {
  const base::TemporaryFolder folder;
  std::filesystem::create_directory(folder.path() / "control");
  const auto self = runtime::current_user();
  EXPECT_TRUE(check_server(self, folder.path()));
  const auto refused = check_server(self + 1, folder.path());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::denied);
  EXPECT_THAT(refused.error().message, HasSubstr("chmod go-w"));
  EXPECT_EQ(check_server(std::nullopt, folder.path()).error().code, Code::denied);
}

}  // namespace
}  // namespace tesseras::node
