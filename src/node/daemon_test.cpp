#include "node/daemon.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tesseras::node {
namespace {

using runtime::Endpoint;
using testing::ElementsAre;

std::vector<std::string> listening(const std::vector<std::string>& wanted) {
  std::vector<Endpoint> listen;
  for (const auto& text : wanted) listen.push_back(Endpoint::parse(text).value());
  std::vector<std::string> found;
  for (const auto& endpoint : listeners_of(listen)) found.push_back(endpoint.text());
  return found;
}

TEST(Listeners, OfAllOfIPv6AreOfAllOfIPv4Too) {
  EXPECT_THAT(listening({"[::]:4433"}), ElementsAre("[::]:4433", "0.0.0.0:4433"));
  EXPECT_THAT(listening({"0.0.0.0:4433", "[::]:4433"}), ElementsAre("0.0.0.0:4433", "[::]:4433"));
  EXPECT_THAT(listening({"[::]:1", "0.0.0.0:2"}), ElementsAre("[::]:1", "0.0.0.0:2", "0.0.0.0:1"));
}

TEST(Listeners, AreWhatIsSaidOtherwise) {
  EXPECT_THAT(listening({"0.0.0.0:4433"}), ElementsAre("0.0.0.0:4433"));
  EXPECT_THAT(listening({"[::1]:4433"}), ElementsAre("[::1]:4433"));
  EXPECT_THAT(listening({"[2001:db8::7]:4433"}), ElementsAre("[2001:db8::7]:4433"));
  EXPECT_THAT(listening({"192.0.2.7:4433", "[::]:4433"}),
              ElementsAre("192.0.2.7:4433", "[::]:4433"));
}

TEST(DaemonDir, IsInTheHomeFolder) {
#ifdef __APPLE__
  EXPECT_EQ(default_daemon_dir("/Users/ana"), "/Users/ana/Library/Application Support/tesseras");
#else
  EXPECT_EQ(default_daemon_dir("/home/ana"), "/home/ana/.local/share/tesseras");
#endif
}

}  // namespace
}  // namespace tesseras::node
