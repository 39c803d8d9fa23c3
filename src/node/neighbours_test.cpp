#include "node/neighbours.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tesseras::node {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

dht::NodeId id(std::uint8_t first) {
  dht::NodeId id;
  id.bytes[0] = std::byte{first};
  return id;
}

dns::Neighbour saying(dns::Texts texts) {
  return {dns::Name::of("n._tesseras._udp.local"),
          std::move(texts),
          {{runtime::IpAddress::v4(192, 168, 1, 2), 4433}}};
}

TEST(NodeNeighbours, SayWhoTheyAre) {
  const auto options = neighbour_options(id(0xab), {});
  EXPECT_EQ(options.service, "_tesseras._udp");
  EXPECT_EQ(options.instance, "ab00000000000000000000000000000000000000");
  EXPECT_THAT(options.texts, ElementsAre("v=1", "id=ab00000000000000000000000000000000000000"));
}

TEST(NodeNeighbours, AreMetWhenTheyAreOthersOfOurVersion) {
  const auto other = neighbour_options(id(1), {}).texts;
  EXPECT_EQ(meeting_points(saying(other), id(2)), saying(other).endpoints);
  EXPECT_EQ(meeting_points(saying({"v=1"}), id(2)), saying({}).endpoints);
  EXPECT_EQ(meeting_points(saying({"more=x", "v=1"}), id(2)), saying({}).endpoints);
}

TEST(NodeNeighbours, AreLeftAloneOtherwise) {
  EXPECT_THAT(meeting_points(saying(neighbour_options(id(1), {}).texts), id(1)), IsEmpty());
  EXPECT_THAT(meeting_points(saying({}), id(2)), IsEmpty());
  EXPECT_THAT(meeting_points(saying({"v=2", "id=00"}), id(2)), IsEmpty());
  EXPECT_THAT(meeting_points(saying({"V=1 "}), id(2)), IsEmpty());
}

}  // namespace
}  // namespace tesseras::node
