// QuicTransport among those who do not play by the rules.
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <map>

#include "foundation/transport/quic_test.hpp"

namespace tesseras::transport {
namespace {

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

// RFC 9000, 8.1: at most three times what came from an address, while it has proved nothing; also
// when what was sent there has to be sent again.
TEST_F(QuicTest, NoAddressIsSentMoreThanThreeTimesWhatItSent) {
  Limits limits;
  limits.handshakes_before_retry = 8;
  begin(limits);
  node(1).serve(&echo_);
  const auto initials = caught_initials(2 * limits.handshakes_before_retry);
  ASSERT_GE(initials.size(), 2 * limits.handshakes_before_retry);
  // One stranger for each client: the datagrams that begin with the same header and ids.
  struct Sender {
    std::unique_ptr<Stranger> stranger;
    std::size_t sent_bytes = 0;
  };
  std::map<base::Bytes, Sender> senders;
  for (const auto& one : initials) {
    auto& sender = senders[base::Bytes(one.begin() + 1, one.begin() + 14)];
    if (!sender.stranger) sender.stranger = std::make_unique<Stranger>(fixture_->system());
    sender.stranger->send(address(1), one);
    sender.sent_bytes += one.size();
  }
  run_for(seconds(3));
  std::size_t got_more = 0;
  for (const auto& [ids, sender] : senders) {
    EXPECT_LE(sender.stranger->got_bytes, 3 * sender.sent_bytes);
    if (sender.stranger->got_bytes > sender.sent_bytes) ++got_more;
  }
  // Those before the first Retry are answered with a certificate, and again.
  EXPECT_GT(got_more, 0U);
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

TEST_F(QuicTest, AServerOfAnotherVersionIsNotSpokenTo) {
  begin();
  Stranger server(fixture_->system());
  server.on_datagram = [&](const Endpoint& from, const base::Bytes& datagram) {
    const auto head = read_head(datagram);
    if (!head) return;
    // RFC 8999, section 6: version 0, the client's ids the other way round, and QUIC version 2.
    base::Bytes answer{std::byte{0x80}, {}, {}, {}, {}};
    for (const auto& id : {head->from, head->to}) {
      answer.push_back(static_cast<std::byte>(id.size_bytes));
      answer.insert(answer.end(), id.span().begin(), id.span().end());
    }
    for (const auto byte : {0x6b, 0x33, 0x43, 0xcf}) answer.push_back(static_cast<std::byte>(byte));
    server.send(from, answer);
  };
  EXPECT_EQ(refused(0, {node(1).self(), {server.local()}}), Code::unsupported);
}

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
  std::optional<Code> calling() { return refused(1, {stranger_->self(), stranger_->local()}); }
  // What the stranger hears when it calls node 1 and asks for something.
  std::optional<Code> called() {
    std::optional<Code> code;
    const auto body = [&]() -> Task<void> {
      auto session = co_await stranger_->open(peer(1), later());
      code = code_of(session);
      if (session) code = code_of(co_await ask(**session, "let me in", later()));
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
