#include "node/control_messages.hpp"

#include <gtest/gtest.h>

#include "foundation/wire/limits.hpp"
#include "foundation/wire/message_pack.hpp"
#include "node/control_fragment_messages.hpp"
#include "node/control_refusal_messages.hpp"
#include "preserve/dht/limits.hpp"
#include "preserve/replica/roster.hpp"

namespace tesseras::node {
namespace {

using base::Code;
using runtime::Endpoint;
using runtime::IpAddress;
using std::chrono::seconds;

template <class Message>
void comes_back(const Message& message) {
  const auto decoded = decode<Message>(encode(message));
  ASSERT_TRUE(decoded) << decoded.error().message;
  EXPECT_TRUE(*decoded == message);
}

base::ContentHash some_hash() {
  base::ContentHash hash;
  hash.bytes[3] = std::byte{7};
  return hash;
}

std::vector<Endpoint> many_endpoints() {
  std::vector<Endpoint> all;
  for (std::uint16_t port = 60'000; all.size() < dht::Limits::endpoints_max; ++port) {
    auto address = IpAddress::v6_loopback();
    address.bytes[0] = std::byte{0x20};
    all.push_back({address, port});
  }
  return all;
}

TEST(ControlMessages, ComeBackAsTheyWere) {
  comes_back(NodeInfoRequest{});
  NodeInfoAnswer info;
  info.version = "0.1.0";
  info.data_dir = "/home/someone/.local/share/tesseras";
  info.listening = {{IpAddress::v4(0, 0, 0, 0), 4433}, {IpAddress{}, 4433}};
  comes_back(info);
  info.metrics = Endpoint{IpAddress::v4(127, 0, 0, 1), 9190};
  info.reached_at = {{IpAddress::v4(192, 0, 2, 7), 4433}};
  info.is_bootstrapped = true;
  info.uptime = seconds(90);
  comes_back(info);
  comes_back(NodeCardRequest{});
  comes_back(NodeCardAnswer{"tesseras node v1\n"});
  comes_back(PeersRequest{128});
  comes_back(PublishRequest{some_hash()});
  comes_back(PublishAnswer{20, 18, true});
  comes_back(OfferRequest{some_hash(), 1ULL << 40U});
  comes_back(OfferAnswer{true});
  comes_back(TakeRequest{some_hash(), 7});
  comes_back(TakeAnswer{12});
  comes_back(FindRequest{some_hash()});
  comes_back(StatusRequest{some_hash()});
  comes_back(StatusAnswer{true, false, {}, {}, {}, false});
  comes_back(StatusAnswer{true, true, Round{20, 19, seconds(5)}, {}, {}, false});
  comes_back(StatusAnswer{true, true, {}, KeptByOthers{}, {}, false});
  comes_back(StatusAnswer{
      true,
      true,
      {},
      KeptByOthers{24, 16, 20, 19, true, 3, true, 4, seconds(7), true, true, "nobody else"},
      {},
      false});
  comes_back(StatusAnswer{true, false, {}, {}, 1'770'000'000, true});
  comes_back(StatusAnswer{true, false, {}, {}, 0, false});
  comes_back(SpreadRequest{base::Bytes(12'000)});
  comes_back(SpreadAnswer{});
  comes_back(HoldersRequest{some_hash()});
  comes_back(FetchRequest{some_hash()});
  comes_back(FetchAnswer{1, 2, 3, true});
  comes_back(CollectRequest{some_hash()});
  comes_back(CollectAnswer{1ULL << 40U});
  comes_back(LedgerRequest{512});
  comes_back(LedgerAnswer{});
  comes_back(RetractRequest{base::Bytes(9'000)});
  comes_back(RetractAnswer{});
  comes_back(RetractionRequest{some_hash()});
  comes_back(RetractionAnswer{1'770'000'000, true, {}});
  comes_back(BlockRequest{some_hash()});
  comes_back(BlockAnswer{3});
  comes_back(UnblockRequest{some_hash()});
  comes_back(UnblockAnswer{});
  comes_back(BlockedRequest{512});
  comes_back(BlockedAnswer{});
}

// A clock that was wrong is no reason to answer nothing.
TEST(ControlMessages, TimesBefore1970AreToldAs1970) {
  EXPECT_EQ(decode<RetractionAnswer>(encode(RetractionAnswer{-5, false, {}}))->retracted_seconds,
            0);
  EXPECT_EQ(
      decode<StatusAnswer>(encode(StatusAnswer{true, false, {}, {}, -5, true}))->retracted_seconds,
      0);
}

TEST(ControlMessages, HaveRoomForAsMuchAsThereMayBe) {
  PeersAnswer peers;
  peers.peers.resize(ControlMessageLimits::peers_per_answer,
                     {{}, many_endpoints(), dht::Capabilities(~0ULL), seconds(1 << 30), 1U << 31});
  peers.has_more = true;
  comes_back(peers);
  FindAnswer found{{}, 1'000'000, 1'000};
  found.holders.resize(ControlMessageLimits::holders_per_answer,
                       {{}, many_endpoints(), dht::FragmentSet().set()});
  comes_back(found);
  HoldersAnswer holders;
  holders.holders.resize(
      replica::Roster::holders_max,
      {{}, many_endpoints(), dht::FragmentSet().set(), 1'770'000'000'000, 1'770'000'000'000});
  comes_back(holders);
  LedgerAnswer ledger;
  ledger.accounts.resize(ControlMessageLimits::accounts_per_answer, {{}, ~0ULL, ~0ULL});
  ledger.has_more = true;
  comes_back(ledger);
  RetractionAnswer retraction{253'402'300'799, true, {}};
  retraction.holders.resize(ControlMessageLimits::holders_per_answer, {{}, many_endpoints(), true});
  comes_back(retraction);
  BlockedAnswer blocked;
  blocked.tesserae.resize(ControlMessageLimits::blocked_per_answer, {{}, 253'402'300'799});
  blocked.has_more = true;
  comes_back(blocked);
}

TEST(ControlMessages, RefuseWhatIsNone) {
  for (const auto& wrong : {wire::pack_map([](wire::MapWriter&) {}).value(),
                            wire::pack_map([](wire::MapWriter& map) {
                              map.bytes("content_hash", base::Bytes(31));
                            }).value(),
                            base::Bytes(), base::Bytes(70'000)}) {
    EXPECT_FALSE(decode<PublishRequest>(wrong));
    EXPECT_FALSE(decode<FindAnswer>(wrong));
    EXPECT_FALSE(decode<PeersRequest>(wrong));
    EXPECT_FALSE(decode<NodeInfoAnswer>(wrong));
    EXPECT_FALSE(decode<StatusAnswer>(wrong));
    EXPECT_FALSE(decode<SpreadRequest>(wrong));
    EXPECT_FALSE(decode<HoldersAnswer>(wrong));
    EXPECT_FALSE(decode<FetchAnswer>(wrong));
    EXPECT_FALSE(decode<CollectAnswer>(wrong));
    EXPECT_FALSE(decode<LedgerRequest>(wrong));
    EXPECT_FALSE(decode<LedgerAnswer>(wrong));
    EXPECT_FALSE(decode<RetractRequest>(wrong));
    EXPECT_FALSE(decode<RetractionRequest>(wrong));
    EXPECT_FALSE(decode<RetractionAnswer>(wrong));
    EXPECT_FALSE(decode<BlockRequest>(wrong));
    EXPECT_FALSE(decode<BlockAnswer>(wrong));
    EXPECT_FALSE(decode<UnblockRequest>(wrong));
    EXPECT_FALSE(decode<BlockedRequest>(wrong));
    EXPECT_FALSE(decode<BlockedAnswer>(wrong));
  }
  FindAnswer found{{}, 1, 1};
  found.holders.resize(2);
  auto bytes = encode(found);
  bytes.pop_back();
  EXPECT_EQ(decode<FindAnswer>(bytes).error().code, Code::corrupt);
}

}  // namespace
}  // namespace tesseras::node
