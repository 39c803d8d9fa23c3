#include "sim/scenarios/dht_world.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "foundation/transport/exchange.hpp"
#include "foundation/transport/frame_stream.hpp"
#include "preserve/dht/capabilities.hpp"
#include "preserve/dht/messages.hpp"

namespace tesseras::scenarios {
namespace {

using runtime::Task;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

dht::Key key_of_number(std::uint8_t number) {
  base::ContentHash hash;
  hash.bytes[0] = std::byte(number);
  return dht::key_of(hash);
}

TEST(DhtWorld, ThreeNodesFindEachOther) {
  DhtWorld net({.seed = 1, .nodes = 3, .service = {}});
  net.start_all(milliseconds(200));
  net.world().run_for(seconds(60));
  for (std::size_t i = 0; i < net.size(); ++i) {
    EXPECT_TRUE(net.service(i).is_bootstrapped()) << i;
    EXPECT_EQ(net.service(i).engine().table().size(), 2U) << i;
  }
}

TEST(DhtWorld, WhatOnePublishesAnotherFindsWithoutTheSeed) {
  for (const std::uint64_t seed : {1U, 2U, 3U}) {
    DhtWorld net({.seed = seed, .nodes = 10, .service = {}});
    net.start_all(milliseconds(200));
    net.world().run_for(minutes(2));
    const auto key = key_of_number(7);
    const auto published = net.finish(
        4, net.service(4).publish(key, std::nullopt, net.world().node(4).now() + minutes(1)),
        minutes(2));
    ASSERT_TRUE(published && *published) << seed;
    EXPECT_GE((*published)->kept, 5U) << seed;
    net.crash(0);
    net.crash(1);
    const auto found =
        net.finish(9, net.service(9).find(key, net.world().node(9).now() + minutes(1)), minutes(2));
    ASSERT_TRUE(found && *found) << seed;
    ASSERT_EQ((*found)->holders.size(), 1U) << seed;
    EXPECT_EQ((*found)->holders.front().node, net.id(4));
    const auto nothing =
        net.finish(9, net.service(9).find(key_of_number(8), net.world().node(9).now() + minutes(1)),
                   minutes(2));
    ASSERT_TRUE(nothing && *nothing);
    EXPECT_TRUE((*nothing)->holders.empty());
  }
}

TEST(DhtWorld, ARestartBeginsWithWhomItKnew) {
  DhtWorld net({.seed = 5, .nodes = 8, .service = {}});
  net.start_all(milliseconds(200));
  net.world().run_for(minutes(6));  // contacts have been written once
  net.crash(0);
  net.crash(6);
  net.start(6);  // and its seed is gone
  net.world().run_for(minutes(1));
  EXPECT_TRUE(net.service(6).is_bootstrapped());
  EXPECT_GE(net.service(6).engine().table().size(), 5U);
}

// A frame from another program of node 1 to node 0, and what node 0 says to it.
struct Saying {
  base::Bytes bytes;
  bool is_ended = true;
};
Task<base::Result<base::Bytes>> say(DhtWorld& net, transport::Transport& from, Saying saying) {
  const auto deadline = net.world().node(1).now() + minutes(1);
  const auto session = CO_TRY(co_await from.open(
      {transport::PeerId{net.identity(0).key.public_key().bytes}, {net.endpoint(0)}}, deadline));
  const auto stream = CO_TRY(co_await session->open_stream(deadline));
  CO_TRY(co_await stream->write(saying.bytes, deadline));
  if (saying.is_ended) stream->finish();
  const auto envelope = CO_TRY(co_await transport::read_envelope(*stream, deadline));
  if (!envelope) co_return base::fail(base::Code::corrupt, "no answer");
  const auto body = CO_TRY(wire::decode_answer(*envelope, wire::RequestId{5}));
  co_return base::Bytes(body.begin(), body.end());
}

TEST(DhtWorld, NothingMayFollowARequest) {
  DhtWorld net({.seed = 3, .nodes = 2, .service = {}});
  net.start_all(milliseconds(200));
  net.world().run_for(minutes(1));
  const auto stranger = net.listen(1, 0);
  const auto body = dht::encode(dht::FindNodeRequest{key_of_number(7)});
  const auto known = wire::encode(wire::Request{{5}, "find_node", body}).value();
  const auto unknown = wire::encode(wire::Request{{5}, "give_me_all", body}).value();
  const auto longer = [](base::Bytes bytes) {
    bytes.push_back(std::byte{0});
    return bytes;
  };
  const auto told = [&](Saying saying) {
    const auto answer = net.finish(1, say(net, *stranger, std::move(saying)), minutes(2));
    return answer && !*answer ? std::optional((*answer).error()) : std::nullopt;
  };
  const auto served = net.service(0).engine().counts().requests_served;
  EXPECT_FALSE(told({known}));
  EXPECT_EQ(net.service(0).engine().counts().requests_served, served + 1);
  for (const bool is_ended : {true, false}) {
    const auto refused = told({longer(known), is_ended});
    ASSERT_TRUE(refused);
    EXPECT_EQ(refused->code, base::Code::invalid);
    EXPECT_TRUE(refused->message.contains("more bytes follow")) << refused->message;
  }
  // One whose method is not known may have more behind it, and is not waited for.
  const auto at = net.world().now();
  EXPECT_EQ(told({unknown, false}).value().code, base::Code::unsupported);
  EXPECT_LT(net.world().now() - at, seconds(2));
  EXPECT_EQ(told({longer(unknown)}).value().code, base::Code::unsupported);
  // And one that never ends is not waited for without end.
  EXPECT_EQ(told({known, false}).value().code, base::Code::unavailable);
  EXPECT_EQ(net.service(0).engine().counts().requests_served, served + 1);
}

// Answers pings as a node does, and says something more.
class Chatterbox final : public transport::Handler {
 public:
  Chatterbox(DhtWorld& net, std::string_view more) : net_(net), more_(more) {}

  Task<void> on_stream(std::shared_ptr<transport::Session> session,
                       std::unique_ptr<transport::Stream> stream) override {
    const auto deadline = net_.world().node(1).now() + seconds(10);
    const auto asked = co_await transport::read_request(*stream, deadline);
    if (!asked) co_return;
    heard.emplace_back(asked->request.method);
    const auto& own = net_.identity(1);
    const dht::NodeInfo info{own.id, own.key.public_key(), own.nonce, {}, dht::own_capabilities};
    const auto body = dht::encode(dht::PingResponse{info, session->remote()});
    (void)co_await transport::write_answer(*stream, asked->request.id, body, deadline);
    (void)co_await stream->write(base::as_bytes(more_), deadline);
    stream->finish();
  }

  std::vector<std::string> heard;

 private:
  DhtWorld& net_;
  std::string_view more_;
};

TEST(DhtWorld, NothingMayFollowAnAnswer) {
  for (const std::string_view more : {"", "x"}) {
    DhtWorld net({.seed = 4, .nodes = 3, .service = {}});
    net.start(0);
    net.start(1);
    net.world().run_for(seconds(5));
    net.crash(0);
    net.start(2);  // and nobody is there
    net.world().run_for(seconds(5));
    ASSERT_EQ(net.service(2).engine().table().size(), 0U);
    const auto transport = net.listen(1, 0);
    Chatterbox chatterbox(net, more);
    transport->serve(&chatterbox);
    net.service(2).add_bootstrap(transport->local(), dht::HintOrigin::configuration);
    net.world().run_for(seconds(3));
    // Who believes the answer to a ping asks to be dialled back where it was seen.
    EXPECT_EQ(std::ranges::contains(chatterbox.heard, "dial_back"), more.empty()) << more;
    EXPECT_TRUE(std::ranges::contains(chatterbox.heard, "ping"));
    transport->serve(nullptr);
  }
}

TEST(DhtWorld, OneSeedIsOneHistory) {
  const auto history = [](std::uint64_t seed) {
    DhtWorld net({.seed = seed, .nodes = 12, .service = {}});
    net.world().network().set_usual({.jitter = milliseconds(15), .loss_ppm = 20'000});
    net.start_all(milliseconds(50));
    net.world().run_for(minutes(3));
    return std::pair(net.world().steps(), net.world().dice().next());
  };
  EXPECT_EQ(history(11), history(11));
  EXPECT_NE(history(11), history(12));
}

}  // namespace
}  // namespace tesseras::scenarios
