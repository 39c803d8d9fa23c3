#include "node/peer_names.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tesseras::node {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

std::vector<std::string> hosts(const std::vector<PeerName>& peers) {
  std::vector<std::string> hosts;
  for (const auto& peer : peers) hosts.push_back(peer.host + "|" + std::to_string(peer.port));
  return hosts;
}

TEST(PeerName, IsAHostAndAPort) {
  const auto name = parse_peer_name("boot1.example:4433");
  ASSERT_TRUE(name);
  EXPECT_EQ(*name, (PeerName{"boot1.example", 4433, std::nullopt}));
  const auto v4 = parse_peer_name("192.0.2.7:1");
  ASSERT_TRUE(v4 && v4->literal);
  EXPECT_EQ(v4->literal->text(), "192.0.2.7:1");
  const auto v6 = parse_peer_name("[2001:db8::1]:65535");
  ASSERT_TRUE(v6 && v6->literal);
  EXPECT_EQ(v6->host, "2001:db8::1");
  EXPECT_EQ(v6->port, 65'535);
}

TEST(PeerName, IsNothingElse) {
  for (const char* text : {"", ":", "boot1", "boot1:", ":4433", "boot1:0", "boot1:65536", "1.2.3.4",
                           "1.2.3.4:0", "2001:db8::1:4433", "[2001:db8::1]", "[boot1]:1", "a b:1",
                           "boot1:4433 ", "boot1:+1", "boot_1\n:1", "192.0.2.300:1"}) {
    EXPECT_FALSE(parse_peer_name(text)) << text;
  }
}

TEST(PeerList, SeparatesByCommas) {
  EXPECT_THAT(parse_peer_list("").value(), IsEmpty());
  EXPECT_THAT(parse_peer_list("  ").value(), IsEmpty());
  EXPECT_THAT(parse_peer_list("boot1.example:4433").value(), ElementsAre("boot1.example:4433"));
  EXPECT_THAT(parse_peer_list("192.0.2.1:1, [2001:db8::1]:2 ,c.example:3").value(),
              ElementsAre("192.0.2.1:1", "[2001:db8::1]:2", "c.example:3"));
}

TEST(PeerList, NamesWhatIsNoPeer) {
  for (const char* text : {",", "a.example:1,", ",a.example:1", "a.example:1,,b.example:2",
                           "a.example:1 b.example:2", "a.example"}) {
    EXPECT_FALSE(parse_peer_list(text)) << text;
  }
  const auto bad = parse_peer_list("a.example:1,b\x1b.example:2");
  ASSERT_FALSE(bad);
  EXPECT_EQ(bad.error().code, base::Code::invalid);
  EXPECT_THAT(bad.error().message, HasSubstr(R"('b\x1b.example:2')"));
  std::string many = "a.example:1";
  for (std::size_t i = 1; i < PeerNameLimits::list_max; ++i) many += ",a.example:1";
  EXPECT_TRUE(parse_peer_list(many));
  EXPECT_FALSE(parse_peer_list(many + ",a.example:1"));
}

TEST(PeersFile, HasAPeerALine) {
  const auto file = parse_peers_file(
      "# who we know\n\nlibrary.example:4433   # the one in town\r\n"
      "\t[2001:db8::1]:4433\nnobody\n192.0.2.1:4433 192.0.2.2:4433\n10.0.0.1:1");
  EXPECT_THAT(hosts(file.peers),
              ElementsAre("library.example|4433", "2001:db8::1|4433", "10.0.0.1|1"));
  ASSERT_THAT(file.bad_lines, SizeIs(2));
  EXPECT_EQ(file.bad_lines[0].number, 5U);
  EXPECT_EQ(file.bad_lines[0].text, "nobody");
  EXPECT_EQ(file.bad_lines[1].number, 6U);
}

TEST(PeersFile, IsBounded) {
  std::string text;
  for (int i = 0; i < 1000; ++i) text += "192.0.2.1:4433\n" + std::string(200, 'x') + "\n";
  const auto file = parse_peers_file(text);
  EXPECT_THAT(file.peers, SizeIs(PeerNameLimits::file_peers_max));
  EXPECT_THAT(file.bad_lines, SizeIs(PeerNameLimits::bad_lines_shown_max));
  EXPECT_LT(file.bad_lines[0].text.size(), 100U);
  EXPECT_THAT(parse_peers_file("").peers, IsEmpty());
  EXPECT_THAT(parse_peers_file(std::string(50, '\0')).bad_lines, SizeIs(1));
}

TEST(PeerText, NamesPeers) {
  EXPECT_THAT(hosts(parse_peer_text("v=tesseras1 peer=a.example:4433 peer=[2001:db8::1]:1")),
              ElementsAre("a.example|4433", "2001:db8::1|1"));
  EXPECT_THAT(hosts(parse_peer_text("v=tesseras1  region=eu peer=a.example:1 peer=b peer= x=")),
              ElementsAre("a.example|1"));
}

TEST(PeerText, IsForUsOrNot) {
  for (const char* text :
       {"", " ", "v=tesseras1", "v=tesseras2 peer=a.example:1", " v=tesseras1 peer=a.example:1",
        "peer=a.example:1 v=tesseras1", "v=spf1 include:example", "v=tesseras1\tpeer=a.example:1",
        "v=tesseras1 Peer=a.example:1", "v=tesseras1 peer=a.example:1,"}) {
    EXPECT_THAT(parse_peer_text(text), IsEmpty()) << text;
  }
}

}  // namespace
}  // namespace tesseras::node
