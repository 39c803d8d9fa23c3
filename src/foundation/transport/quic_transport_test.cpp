#include "foundation/transport/quic_transport.hpp"

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "foundation/transport/quic_fixture.hpp"
#include "foundation/transport/stream_suite.hpp"
#include "foundation/transport/transport_suite.hpp"

namespace tesseras::transport {

INSTANTIATE_TYPED_TEST_SUITE_P(Quic, TransportSuite, QuicFixture);
INSTANTIATE_TYPED_TEST_SUITE_P(Quic, StreamSuite, QuicFixture);

namespace {

using runtime::Endpoint;
using runtime::IpAddress;

// A socket of nobody's, to send what no node would.
class Stranger final : public runtime::DatagramHandler {
 public:
  explicit Stranger(runtime::Loop& loop)
      : socket_(loop.bind_datagrams({IpAddress::v4(127, 0, 0, 1), 0}, *this).value()) {}
  void on_datagrams(std::span<const runtime::IncomingDatagrams> batch) override {
    for (const auto& one : batch) {
      const auto size = one.segment_bytes == 0 ? one.bytes.size() : one.segment_bytes;
      for (auto rest = one.bytes; !rest.empty();) {
        const auto datagram = rest.first(std::min(size, rest.size()));
        rest = rest.subspan(datagram.size());
        got_bytes += datagram.size();
        got.emplace_back(datagram.begin(), datagram.end());
      }
    }
  }
  void on_writable() override {}
  void send(const Endpoint& to, base::ByteSpan datagram) {
    const runtime::OutgoingDatagrams out{to, datagram};
    socket_->send({&out, 1});
  }

  std::vector<base::Bytes> got;
  std::size_t got_bytes = 0;

 private:
  std::unique_ptr<runtime::DatagramSocket> socket_;
};

// A long header of some version, with ids of eight bytes, as long as asked.
base::Bytes long_header(std::uint32_t version, std::size_t size) {
  base::Bytes bytes(size);
  bytes[0] = std::byte{0xc0};
  for (unsigned i = 0; i < 4; ++i) bytes[1 + i] = static_cast<std::byte>(version >> (24 - 8 * i));
  bytes[5] = std::byte{8};
  bytes[14] = std::byte{8};
  for (std::size_t i = 0; i < 8; ++i) {
    bytes[6 + i] = static_cast<std::byte>(i);
    bytes[15 + i] = static_cast<std::byte>(0x80 + i);
  }
  return bytes;
}

class QuicTest : public TransportTest<QuicFixture> {
 protected:
  ~QuicTest() override {
    if (!fixture_) return;
    // What the tests have put there is gone by now.
    for (std::size_t i = 0; i < 3; ++i) fixture_->loop(i).on_sending = nullptr;
  }
  QuicTransport& node(std::size_t number) { return fixture_->node(number); }
  Endpoint address(std::size_t number) { return node(number).local().front(); }
  // The first datagrams of a client that calls node 1, which never get there. Each time another's.
  std::vector<base::Bytes> caught_initials(std::size_t clients) {
    std::vector<base::Bytes> caught;
    fixture_->loop(0).on_sending = [&](const Endpoint&, base::Bytes& datagram) {
      caught.push_back(datagram);
      return 0;
    };
    const auto dial = [&](Peer peer) -> Task<void> {
      EXPECT_FALSE(co_await node(0).open(peer, in(milliseconds(20))));
    };
    for (std::size_t i = 0; i < clients; ++i) {
      PeerId id = node(1).self();
      id.bytes[0] = static_cast<std::byte>(i);
      id.bytes[1] = static_cast<std::byte>(i >> 8U);
      spawn(dial({id, {address(1)}}));
    }
    run_for(milliseconds(100));
    fixture_->loop(0).on_sending = nullptr;
    return caught;
  }
  void expect_echo(std::size_t from, std::string_view text) {
    const auto session = open(from, 1);
    ASSERT_NE(session, nullptr);
    const auto body = [&]() -> Task<void> {
      EXPECT_EQ(value_of(co_await ask(*session, text, later())), text);
    };
    EXPECT_TRUE(finish(body()));
  }
};

TEST_F(QuicTest, GarbageLeavesNothingBehind) {
  begin();
  node(1).serve(&echo_);
  auto datagrams = caught_initials(1);
  ASSERT_FALSE(datagrams.empty());
  const auto real = datagrams.front();
  Stranger stranger(fixture_->system());
  for (std::size_t size = 0; size < real.size(); size += size < 64 ? 1 : 61) {
    stranger.send(address(1), base::ByteSpan(real).first(size));
    base::Bytes noise(size);
    fixture_->system().fill_random(noise);
    stranger.send(address(1), noise);
    auto spoilt = real;
    spoilt[size] ^= std::byte{0x10};
    stranger.send(address(1), spoilt);
  }
  // Handshakes that begin well, and go on with noise.
  for (std::size_t i = 0; i < 20; ++i) {
    auto cut = real;
    fixture_->system().fill_random(base::MutableByteSpan(cut).subspan(600));
    stranger.send(address(1), cut);
  }
  run_for(milliseconds(300));
  EXPECT_EQ(node(1).counts().connections, node(1).counts().handshakes);
  EXPECT_LE(node(1).counts().connections, Limits{}.handshakes_before_retry);
  EXPECT_TRUE(served_.empty());
  expect_echo(2, "still here");
}

TEST_F(QuicTest, ReplayedInitialsWinNothing) {
  begin();
  node(1).serve(&echo_);
  const auto initials = caught_initials(1);
  ASSERT_FALSE(initials.empty());
  Stranger stranger(fixture_->system());
  std::size_t sent_bytes = 0;
  for (int round = 0; round < 50; ++round) {
    for (const auto& one : initials) {
      stranger.send(address(1), one);
      sent_bytes += one.size();
    }
  }
  run_for(milliseconds(500));
  EXPECT_LE(node(1).counts().connections, initials.size());
  EXPECT_EQ(node(1).counts().connections, node(1).counts().handshakes);
  // RFC 9000, 8.1: at most three times what came, while the address is not sure.
  EXPECT_LE(stranger.got_bytes, 3 * sent_bytes);
  expect_echo(2, "and now");
}

TEST_F(QuicTest, AFloodIsAnsweredWithRetry) {
  Limits limits;
  limits.handshakes_before_retry = 4;
  limits.handshakes_max = 600;
  limits.sessions_max = 600;
  begin(limits);
  node(1).serve(&echo_);
  const auto initials = caught_initials(300);
  ASSERT_GE(initials.size(), 300U);
  Stranger stranger(fixture_->system());
  for (const auto& one : initials) {
    stranger.send(address(1), one);
    run_for(std::chrono::microseconds(200));
  }
  run_for(milliseconds(200));
  const auto counts = node(1).counts();
  EXPECT_EQ(counts.handshakes, limits.handshakes_before_retry);
  EXPECT_EQ(counts.connections, counts.handshakes);
  EXPECT_LE(counts.routes, 16 * counts.handshakes);
  EXPECT_GE(counts.retries_sent, 290U);
  // Who really is where he says gets in meanwhile.
  const auto before = node(1).counts().retries_sent;
  expect_echo(2, "through the flood");
  EXPECT_GT(node(1).counts().retries_sent, before);
}

TEST_F(QuicTest, TooManyHandshakesAreRefused) {
  Limits limits;
  limits.handshakes_before_retry = 2;
  limits.handshakes_max = 2;
  begin(limits);
  node(1).serve(&echo_);
  Stranger stranger(fixture_->system());
  fixture_->destroy(0);  // its own two would count
  fixture_->make(0, {{IpAddress::v4(127, 0, 0, 1), 0}});
  for (int i = 0; i < 2; ++i) {
    for (const auto& one : caught_initials(1)) stranger.send(address(1), one);
    run_for(milliseconds(50));
    fixture_->make(0, {{IpAddress::v4(127, 0, 0, 1), 0}});
  }
  ASSERT_EQ(node(1).counts().handshakes, 2U);
  EXPECT_EQ(refused(2, peer(1)), Code::unavailable);
  EXPECT_GT(node(1).counts().refusals_sent, 0U);
}

TEST_F(QuicTest, HalfOpenHandshakesEnd) {
  Limits limits;
  limits.handshake_time_max = seconds(1);
  begin(limits);
  Stranger stranger(fixture_->system());
  for (const auto& one : caught_initials(3)) stranger.send(address(1), one);
  run_for(milliseconds(50));
  EXPECT_GT(node(1).counts().connections, 0U);
  EXPECT_TRUE(run_until([&] { return node(1).counts().routes == 0; }, seconds(5)));
  EXPECT_EQ(node(1).counts().connections, 0U);
}

TEST_F(QuicTest, OtherVersionsAreToldOurs) {
  begin();
  Stranger stranger(fixture_->system());
  stranger.send(address(1), long_header(0x6b3343cf, 1199));  // QUIC version 2, too small
  run_for(milliseconds(50));
  EXPECT_TRUE(stranger.got.empty());
  for (const std::uint32_t version : {0x6b3343cfU, 0x1a2a3a4aU, 0xff00001dU}) {
    stranger.got.clear();
    stranger.send(address(1), long_header(version, 1200));
    EXPECT_TRUE(run_until([&] { return !stranger.got.empty(); }, seconds(2)));
    ASSERT_EQ(stranger.got.size(), 1U);
    const auto& answer = stranger.got.front();
    ASSERT_EQ(answer.size(), 1U + 4 + 9 + 9 + 4);
    EXPECT_EQ(base::to_hex(base::ByteSpan(answer).subspan(1, 4)), "00000000");
    EXPECT_EQ(base::to_hex(base::ByteSpan(answer).last(4)), "00000001");
    // The ids the other way round, RFC 8999, section 6.
    EXPECT_EQ(answer[6], std::byte{0x80});
  }
  EXPECT_EQ(node(1).counts().connections, 0U);
}

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

TEST_F(QuicTest, StatelessResetsAreBounded) {
  Limits limits;
  limits.stateless_resets_per_second_max = 5;
  begin(limits);
  Stranger stranger(fixture_->system());
  base::Bytes datagram(100, std::byte{0x41});
  for (int i = 0; i < 50; ++i) stranger.send(address(1), datagram);
  run_for(milliseconds(100));
  EXPECT_LE(node(1).counts().resets_sent, 10U);  // a second may begin meanwhile
  EXPECT_GE(node(1).counts().resets_sent, 5U);
  for (const auto& reset : stranger.got) EXPECT_LT(reset.size(), datagram.size());
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

// Those that do not play by the rules.

class StrangerTest : public QuicTest {
 protected:
  void make_stranger(const TlsRules& rules, const Credentials& credentials) {
    QuicOptions options;
    options.listen = {{IpAddress::v4(127, 0, 0, 1), 0}};
    options.rules = rules;
    stranger_ =
        QuicTransport::make_with(fixture_->loop(0), credentials, node(0).self(), key_of(9), options)
            .value();
    stranger_->serve(&echo_);
    node(1).serve(&echo_);
  }
  // What node 1 says when it calls the stranger.
  std::optional<Code> calling() {
    return refused(1, {stranger_->self(), stranger_->local()}, seconds(3));
  }
  // What the stranger hears when it calls node 1 and asks for something.
  std::optional<Code> called() {
    std::optional<Code> code;
    const auto body = [&]() -> Task<void> {
      auto session = co_await stranger_->open(peer(1), in(seconds(3)));
      code = code_of(session);
      if (session) code = code_of(co_await ask(**session, "let me in", in(seconds(3))));
    };
    EXPECT_TRUE(finish(body()));
    return code;
  }
  ~StrangerTest() override {
    tasks_.reset();
    stranger_.reset();
  }

  std::unique_ptr<QuicTransport> stranger_;
};

TEST_F(StrangerTest, OneThatPlaysByTheRulesIsTaken) {
  begin();
  make_stranger({}, make_credentials(key_of(0)));
  EXPECT_EQ(calling(), std::nullopt);
  EXPECT_EQ(called(), std::nullopt);
}

TEST_F(StrangerTest, AnotherProtocolIsRefused) {
  begin();
  TlsRules rules;
  rules.protocol = "tesseras/2";
  make_stranger(rules, make_credentials(key_of(0)));
  EXPECT_EQ(calling(), Code::unsupported);
  EXPECT_EQ(called(), Code::unsupported);
  EXPECT_TRUE(served_.empty());
}

TEST_F(StrangerTest, WhoShowsNoKeyIsRefused) {
  begin();
  TlsRules rules;
  rules.certificates = 0;
  make_stranger(rules, make_credentials(key_of(0)));
  EXPECT_NE(calling(), std::nullopt);
  EXPECT_EQ(called(), Code::denied);
  EXPECT_TRUE(served_.empty());
  EXPECT_EQ(node(1).counts().connections, 0U);
}

TEST_F(StrangerTest, WhoShowsAChainIsRefused) {
  begin();
  TlsRules rules;
  rules.certificates = 2;
  make_stranger(rules, make_credentials(key_of(0)));
  EXPECT_EQ(calling(), Code::denied);
  EXPECT_EQ(called(), Code::denied);
  EXPECT_TRUE(served_.empty());
}

TEST_F(StrangerTest, AnotherKindOfKeyIsRefused) {
  for (const char* kind : {"RSA", "ED448", "EC"}) {
    begin();
    Credentials credentials = make_credentials(key_of(0));
    credentials.key.reset(std::string_view(kind) == "RSA" ? EVP_RSA_gen(2048)
                          : std::string_view(kind) == "EC"
                              ? EVP_EC_gen("P-256")
                              : EVP_PKEY_Q_keygen(nullptr, nullptr, kind));
    ASSERT_NE(credentials.key, nullptr);
    ASSERT_EQ(X509_set_pubkey(credentials.certificate.get(), credentials.key.get()), 1);
    const bool hashes_itself = std::string_view(kind) == "ED448";
    ASSERT_GT(X509_sign(credentials.certificate.get(), credentials.key.get(),
                        hashes_itself ? nullptr : EVP_sha256()),
              0);
    TlsRules rules;
    rules.signatures = "ed25519:rsa_pss_rsae_sha256:ed448:ecdsa_secp256r1_sha256";
    make_stranger(rules, credentials);
    EXPECT_NE(calling(), std::nullopt) << kind;
    EXPECT_EQ(called(), Code::denied) << kind;
    EXPECT_TRUE(served_.empty()) << kind;
    stranger_.reset();
    fixture_.reset();
  }
}

TEST_F(StrangerTest, SomebodyElsesCertificateIsNoUse) {
  begin();
  // The certificate of node 2, signed for with another key: OpenSSL does not let one be so bold,
  // so the certificate has the right key in it and a wrong name on it, which nobody looks at; and
  // the key is what counts.
  make_stranger({}, make_credentials(key_of(2)));
  EXPECT_EQ(calling(), Code::denied);  // it is not who it says it is
  EXPECT_EQ(called(), std::nullopt);
  EXPECT_EQ(served_, std::vector{node(2).self()});  // and is known as who it is
}

TEST_F(StrangerTest, WithoutTheNewKeyAgreementTheOldOneDoes) {
  begin();
  TlsRules rules;
  rules.groups = "X25519";
  make_stranger(rules, make_credentials(key_of(0)));
  EXPECT_EQ(called(), std::nullopt);
  EXPECT_EQ(stranger_->path_to(node(1).self()).key_agreement, "x25519");
  EXPECT_EQ(calling(), std::nullopt);
}

TEST_F(StrangerTest, AnotherKeyAgreementIsRefused) {
  begin();
  TlsRules rules;
  rules.groups = "P-256";
  make_stranger(rules, make_credentials(key_of(0)));
  EXPECT_NE(called(), std::nullopt);
  EXPECT_NE(calling(), std::nullopt);
  EXPECT_TRUE(served_.empty());
}

}  // namespace
}  // namespace tesseras::transport
