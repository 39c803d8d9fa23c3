#include "foundation/transport/quic_transport.hpp"

#include <gtest/gtest.h>

#include "foundation/transport/quic_test.hpp"
#include "foundation/transport/stream_suite.hpp"
#include "foundation/transport/transport_suite.hpp"

namespace tesseras::transport {

INSTANTIATE_TYPED_TEST_SUITE_P(Quic, TransportSuite, QuicFixture);
INSTANTIATE_TYPED_TEST_SUITE_P(Quic, StreamSuite, QuicFixture);

namespace {

TEST_F(QuicTest, ARestartedNodeEndsOldSessionsAtOnce) {
  begin();
  node(1).serve(&echo_);
  const auto session = open(0, 1);
  ASSERT_NE(session, nullptr);
  expect_echo(0, "before");
  const auto where = address(1);
  fixture_->vanish(1);
  fixture_->destroy(1);
  run_for(milliseconds(5));  // the loop lets go of the port
  fixture_->loop(1).is_mute = false;
  fixture_->make(1, {where});
  node(1).serve(&echo_);
  const auto body = [&]() -> Task<void> {
    EXPECT_EQ(code_of(co_await ask(*session, "anybody?", later())), Code::unavailable);
  };
  const auto begun = loop(0).now();
  ASSERT_TRUE(finish(body()));
  EXPECT_LT(loop(0).now() - begun, seconds(5));
  EXPECT_EQ(node(1).counts().resets_sent, 1U);
  expect_echo(0, "after");
}

TEST_F(QuicTest, AClientMayMove) {
  begin();
  std::shared_ptr<Session> seen;
  HandlerOf handler([&](auto session, auto stream) {
    seen = session;
    return this->echo(std::move(stream));
  });
  node(1).serve(&handler);
  const auto session = open(0, 1);
  ASSERT_NE(session, nullptr);
  expect_echo(0, "from here");
  ASSERT_NE(seen, nullptr);
  const auto before = seen->remote();
  EXPECT_EQ(before, address(0));
  fixture_->loop(0).rebind();
  for (int i = 0; i < 3; ++i) expect_echo(0, "from there");
  EXPECT_NE(seen->remote(), before);
  EXPECT_EQ(open(0, 1), session);
  seen = nullptr;
  node(1).serve(nullptr);
}

TEST_F(QuicTest, ThePathsSizeIsFoundOut) {
  begin();
  node(1).serve(&echo_);
  expect_echo(0, "small");
  EXPECT_EQ(node(0).path_to(node(1).self()).key_agreement, "X25519MLKEM768");
  expect_echo(0, std::string(400'000, 'l'));
  EXPECT_GE(fixture_->loop(0).longest_batch, 8U);  // one call to the system for many datagrams
  EXPECT_TRUE(run_until([&] { return node(0).path_to(node(1).self()).datagram_bytes == 1452; },
                        seconds(5)));
}

TEST_F(QuicTest, ANarrowPathIsFoundOut) {
  begin();
  node(1).serve(&echo_);
  std::size_t longest = 0;
  const auto narrow = [&](const Endpoint&, base::Bytes& datagram) {
    longest = std::max(longest, datagram.size());
    return datagram.size() <= 1350 ? 1 : 0;
  };
  fixture_->loop(0).on_sending = narrow;
  fixture_->loop(1).on_sending = narrow;
  for (int i = 0; i < 3; ++i) expect_echo(0, std::string(300'000, 'n'));
  EXPECT_TRUE(run_until([&] { return node(0).path_to(node(1).self()).datagram_bytes == 1342; },
                        seconds(20)));
  EXPECT_GT(longest, 1350U);
}

TEST_F(QuicTest, LossIsMadeGood) {
  begin();
  node(1).serve(&echo_);
  int count = 0;
  const auto lossy = [&](const Endpoint&, base::Bytes&) { return ++count % 20 != 0 ? 1 : 0; };
  fixture_->loop(0).on_sending = lossy;
  fixture_->loop(1).on_sending = lossy;
  expect_echo(0, std::string(1 << 20, 'q'));
}

TEST_F(QuicTest, AFullSocketIsWaitedFor) {
  begin();
  node(1).serve(&echo_);
  const auto session = open(0, 1);
  ASSERT_NE(session, nullptr);
  std::string answer;
  const auto body = [&]() -> Task<void> {
    answer = value_of(co_await ask(*session, std::string(500'000, 'f'), later()));
  };
  spawn(body());
  for (int i = 0; i < 20; ++i) {
    fixture_->loop(i % 2 == 0 ? 0 : 1).is_full = true;
    run_for(milliseconds(3));
    fixture_->loop(i % 2 == 0 ? 0 : 1).make_room();
    run_for(milliseconds(1));
  }
  EXPECT_TRUE(run_until([&] { return answer.size() == 500'000; }));
}

TEST_F(QuicTest, Ipv6AndIpv4SideBySide) {
  begin();
  const Endpoint v4{IpAddress::v4(127, 0, 0, 1), 0}, v6{IpAddress::v6_loopback(), 0};
  fixture_->make(1, {v4, v6});
  fixture_->make(2, {v6});
  node(1).serve(&echo_);
  const auto listens = node(1).local();
  ASSERT_EQ(listens.size(), 2U);
  expect_echo(0, "by four");
  const auto body = [&]() -> Task<void> {
    const auto session =
        value_of(co_await node(2).open({node(1).self(), {listens[0], listens[1]}}, later()));
    EXPECT_EQ(session->remote(), listens[1]);
    EXPECT_EQ(value_of(co_await ask(*session, "by six", later())), "by six");
  };
  EXPECT_TRUE(finish(body()));
  EXPECT_EQ(refused(2, {node(0).self(), {address(0)}}), Code::unavailable);  // no way from six
}

TEST_F(QuicTest, APeerOfBothFamiliesIsAskedWhereOneSays) {
  begin();
  const Endpoint v4{IpAddress::v4(127, 0, 0, 1), 0}, v6{IpAddress::v6_loopback(), 0};
  fixture_->make(1, {v4, v6});
  fixture_->make(2, {v4, v6});
  node(1).serve(&echo_);
  const auto listens = node(1).local();
  const auto body = [&]() -> Task<void> {
    const auto four = value_of(co_await node(2).meet({listens[0]}, later()));
    const auto six = value_of(co_await node(2).meet({listens[1]}, later()));
    for (const Endpoint& there : {listens[0], listens[1], listens[0]}) {
      const auto session = value_of(co_await node(2).open({node(1).self(), {there}}, later()));
      EXPECT_EQ(session->remote(), there);
      EXPECT_EQ(value_of(co_await ask(*session, "where", later())), "where");
    }
    // Where none is, one that there is will do.
    const Endpoint elsewhere{IpAddress::v4(127, 0, 0, 1), 1};
    const auto any = value_of(co_await node(2).open({node(1).self(), {elsewhere}}, later()));
    EXPECT_TRUE(any == four || any == six);
  };
  EXPECT_TRUE(finish(body()));
}

}  // namespace
}  // namespace tesseras::transport
