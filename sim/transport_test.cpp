#include "sim/transport.hpp"

#include <gtest/gtest.h>

#include "foundation/transport/quic_transport.hpp"
#include "foundation/transport/stream_suite.hpp"
#include "foundation/transport/transport_suite.hpp"
#include "sim/transport_nodes.hpp"

namespace tesseras::transport {
namespace {

PeerId id_of(std::size_t node) {
  PeerId id;
  id.bytes[0] = static_cast<std::byte>(node);
  id.bytes[1] = static_cast<std::byte>(node >> 8U);
  id.bytes[2] = std::byte{1};
  return id;
}

class SimFixture final : public sim::TransportNodes {
 public:
  explicit SimFixture(const Limits& limits = {}, std::uint64_t seed = 7) : TransportNodes(seed) {
    begin([this, limits](sim::Node& node, std::size_t number) {
      return sim::SimTransport::make(world(), board(), node, id_of(number), 4433, limits).value();
    });
  }
};

// The real thing, on a network that delays and loses: the outcome is what counts, since a TLS
// library draws its own random numbers.
class QuicOverSimFixture final : public sim::TransportNodes {
 public:
  explicit QuicOverSimFixture(const Limits& limits = {}) : TransportNodes(9) {
    world().network().set_usual({.delay = milliseconds(10), .jitter = milliseconds(3)});
    begin([limits](sim::Node& node, std::size_t number) {
      crypto::SecretBytes<32> key;
      key.mutable_span()[0] = static_cast<std::byte>(number + 1);
      QuicOptions options;
      options.listen = {{node.address(), 4433}};
      options.limits = limits;
      return QuicTransport::make(node, key, options).value();
    });
  }
};

}  // namespace

INSTANTIATE_TYPED_TEST_SUITE_P(Simulated, TransportSuite, SimFixture);
INSTANTIATE_TYPED_TEST_SUITE_P(Simulated, StreamSuite, SimFixture);
INSTANTIATE_TYPED_TEST_SUITE_P(QuicOnASimulatedNetwork, TransportSuite, QuicOverSimFixture);
INSTANTIATE_TYPED_TEST_SUITE_P(QuicOnASimulatedNetwork, StreamSuite, QuicOverSimFixture);

namespace {

template <class Fixture>
class FaultsTest : public TransportTest<Fixture> {
 protected:
  sim::World& world() { return this->fixture_->world(); }
};
using Bodies = ::testing::Types<SimFixture, QuicOverSimFixture>;
TYPED_TEST_SUITE(FaultsTest, Bodies);

TYPED_TEST(FaultsTest, WhatIsLostComesLaterAndInOrder) {
  this->begin();
  this->world().network().set_usual(
      {.delay = milliseconds(15), .jitter = milliseconds(40), .loss_ppm = 50'000});
  this->node(1).serve(&this->echo_);
  const auto session = this->open(0, 1);
  ASSERT_NE(session, nullptr);
  std::string text(300'000, ' ');
  for (std::size_t i = 0; i < text.size(); ++i) text[i] = static_cast<char>(i * 31 >> 3U);
  int done = 0;
  const auto body = [&]() -> Task<void> {
    EXPECT_TRUE(value_of(co_await ask(*session, text, this->in(seconds(300)))) == text);
    ++done;
  };
  for (int i = 0; i < 5; ++i) this->spawn(body());
  EXPECT_TRUE(this->run_until([&] { return done == 5; }, seconds(300)));
}

TYPED_TEST(FaultsTest, AShortCutIsBridged) {
  this->begin();
  this->node(1).serve(&this->echo_);
  const auto session = this->open(0, 1);
  ASSERT_NE(session, nullptr);
  std::optional<std::string> answer;
  const auto body = [&]() -> Task<void> {
    answer = value_of(co_await ask(*session, "across", this->in(seconds(60))));
  };
  this->fixture_->vanish(1);
  this->spawn(body());
  this->run_for(seconds(5));
  EXPECT_FALSE(answer);
  this->world().network().heal_all();
  EXPECT_TRUE(this->run_until([&] { return answer == "across"; }, seconds(30)));
  EXPECT_TRUE(session->is_open());
}

TYPED_TEST(FaultsTest, ACrashIsNoticed) {
  this->begin();
  HandlerOf silent([&](auto, auto) -> Task<void> {
    co_await runtime::sleep_until(this->loop(1), Instant::never());
  });
  this->node(1).serve(&silent);
  const auto session = this->open(0, 1);
  ASSERT_NE(session, nullptr);
  std::optional<Code> code;
  const auto body = [&]() -> Task<void> {
    code = code_of(co_await ask(*session, "?", this->in(seconds(120))));
  };
  this->spawn(body());
  this->run_for(seconds(1));
  const auto begun = this->world().now();
  this->world().node(1).crash();
  EXPECT_TRUE(this->run_until([&] { return code.has_value(); }, seconds(120)));
  EXPECT_EQ(code, Code::unavailable);
  EXPECT_GE(this->world().now() - begun, seconds(20));  // nobody is there to say so
  this->world().node(1).restart();
  EXPECT_NE(this->open(0, 1), nullptr);
}

TYPED_TEST(FaultsTest, ARestartedNodeSaysThatItKnowsNothing) {
  this->begin();
  this->node(1).serve(&this->echo_);
  const auto session = this->open(0, 1);
  ASSERT_NE(session, nullptr);
  this->run_for(seconds(1));
  this->world().node(1).crash();
  this->world().node(1).restart();
  const auto begun = this->world().now();
  const auto body = [&]() -> Task<void> {
    EXPECT_EQ(code_of(co_await ask(*session, "?", this->later())), Code::unavailable);
  };
  EXPECT_TRUE(this->finish(body()));
  EXPECT_LT(this->world().now() - begun, seconds(2));
  EXPECT_FALSE(session->is_open());
}

TYPED_TEST(FaultsTest, ANodeThatStartsLateIsReached) {
  this->begin();
  this->world().node(1).crash();
  const Peer peer{this->node(2).self(), {this->node(2).local().front()}};
  this->world().node(2).crash();
  std::shared_ptr<Session> session;
  const auto body = [&]() -> Task<void> {
    session = value_of(co_await this->node(0).open(peer, this->later()));
  };
  this->spawn(body());
  this->run_for(seconds(2));
  EXPECT_EQ(session, nullptr);
  this->world().node(2).restart();
  EXPECT_TRUE(this->run_until([&] { return session != nullptr; }, seconds(8)));
}

// Only of QUIC; this machine's own network, where its other tests are, is not counted.
TEST(QuicTransport, OneNetworkLeavesRoomForOthers) {
  Limits limits;
  limits.sessions_per_block_max = 1;
  QuicOverSimFixture fixture(limits);  // 10.0.0.0/24, all of it
  std::array<std::optional<Code>, 2> codes;
  runtime::Tasks tasks(fixture.loop(0));
  const auto body = [&](std::size_t from, std::size_t to) -> Task<void> {
    codes[from / 2] = code_of(co_await fixture.node(from).open(
        {fixture.node(to).self(), fixture.node(to).local()}, Instant::never()));
  };
  tasks.spawn(body(0, 1));
  fixture.run_for(seconds(1));
  tasks.spawn(body(2, 1));
  fixture.run_for(seconds(1));
  ASSERT_EQ(tasks.size(), 0U);
  EXPECT_EQ(codes[0], std::nullopt);
  EXPECT_EQ(codes[1], Code::unavailable);
  tasks.spawn(body(2, 0));  // who calls is not called
  fixture.run_for(seconds(1));
  EXPECT_EQ(codes[1], std::nullopt);
}

// Only of the simulated body.

TEST(SimTransport, OneSeedIsOneHistory) {
  const auto history = [](std::uint64_t seed) {
    SimFixture fixture({}, seed);
    fixture.world().network().set_usual({.jitter = milliseconds(50), .loss_ppm = 100'000});
    std::vector<std::pair<std::int64_t, std::size_t>> read;
    HandlerOf handler([&](auto, auto stream) -> Task<void> {
      std::array<std::byte, 4096> buffer;
      while (true) {
        const auto count = co_await stream->read(buffer, Instant::never());
        if (!count || *count == 0) co_return;
        read.emplace_back(fixture.world().now().nanoseconds_since_start, *count);
      }
    });
    for (std::size_t i = 0; i < 3; ++i) fixture.node(i).serve(&handler);
    runtime::Tasks tasks(fixture.loop(0));
    const auto body = [&](std::size_t to) -> Task<void> {
      const auto session = value_of(
          co_await fixture.node(0).open({id_of(to), fixture.node(to).local()}, Instant::never()));
      const std::vector<std::byte> bytes(100'000);
      for (int i = 0; i < 5; ++i) {
        const auto stream = value_of(co_await session->open_stream(Instant::never()));
        EXPECT_TRUE(co_await stream->write(bytes, Instant::never()));
        stream->finish();
      }
    };
    tasks.spawn(body(1));
    tasks.spawn(body(2));
    fixture.run_for(seconds(100));
    EXPECT_EQ(tasks.size(), 0U);
    return std::pair(read, fixture.world().steps());
  };
  const auto first = history(3);
  EXPECT_GT(first.first.size(), 100U);
  EXPECT_EQ(first, history(3));
  EXPECT_NE(first, history(4));
}

TEST(SimTransport, AThousandNodes) {
  struct Peers final : sim::Program {
    std::unique_ptr<sim::SimTransport> transport;
    std::unique_ptr<HandlerOf> echo;
    std::unique_ptr<runtime::Tasks> tasks;
    Peers() = default;
    Peers(const Peers&) = delete;
    Peers& operator=(const Peers&) = delete;
    ~Peers() override {
      tasks.reset();
      transport.reset();
    }
  };
  constexpr std::size_t nodes = 1000;
  sim::Switchboard board;
  sim::World world(11);
  std::size_t answered = 0;
  const auto echo = [](auto, auto stream) -> Task<void> {
    const auto all = co_await read_all(*stream, Instant::never());
    if (all) (void)co_await stream->write(base::as_bytes(*all), Instant::never());
    stream->finish();
  };
  const auto call = [&](sim::Node& node, sim::SimTransport& from,
                        std::size_t number) -> Task<void> {
    co_await runtime::sleep_until(node, node.now() + milliseconds(10));  // until all are there
    for (std::size_t i = 1; i <= 5; ++i) {
      const std::size_t to = (number + i * i * 7) % nodes;
      const auto session = co_await from.open({id_of(to), {{world.node(to).address(), 4433}}},
                                              node.now() + seconds(20));
      EXPECT_TRUE(session);
      if (session && co_await ask(**session, "hello", node.now() + seconds(20))) ++answered;
    }
  };
  for (std::size_t i = 0; i < nodes; ++i) {
    world.add_node().run([&, i](sim::Node& node) {
      auto peers = std::make_unique<Peers>();
      peers->transport = sim::SimTransport::make(world, board, node, id_of(i), 4433).value();
      peers->echo = std::make_unique<HandlerOf>(echo);
      peers->transport->serve(peers->echo.get());
      peers->tasks = std::make_unique<runtime::Tasks>(node);
      peers->tasks->spawn(call(node, *peers->transport, i));
      return peers;
    });
  }
  world.run_for(seconds(30));
  EXPECT_EQ(answered, nodes * 5);
}

}  // namespace
}  // namespace tesseras::transport
