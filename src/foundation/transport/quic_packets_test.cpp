#include "foundation/transport/quic_packets.hpp"

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <string>

#include "foundation/crypto/ed25519.hpp"
#include "foundation/transport/certificate.hpp"

namespace tesseras::transport {
namespace {

using runtime::Endpoint;
using runtime::IpAddress;

constexpr QuicTime second = 1'000'000'000;

ConnectionId id_of(std::uint8_t first) {
  ConnectionId id;
  id.size_bytes = connection_id_bytes;
  id.bytes[0] = std::byte{first};
  return id;
}

EndpointSecrets secrets_of(std::uint8_t first) {
  EndpointSecrets secrets;
  secrets.reset.mutable_span()[0] = std::byte{first};
  secrets.token.mutable_span()[0] = std::byte{first};
  return secrets;
}

// The token in a Retry packet with ids as long as ours: RFC 9000, 17.2.5.
base::Bytes token_in(const Answer& retry, std::size_t size) {
  const std::size_t before = 1 + 4 + 2 * (1 + connection_id_bytes), tag = 16;
  const auto token = base::ByteSpan(retry).first(size - tag).subspan(before);
  return {token.begin(), token.end()};
}

TEST(QuicPackets, HeadsAreReadOrRefused) {
  EXPECT_FALSE(read_head({}));
  for (std::size_t size = 1; size < 60; ++size) {
    base::Bytes bytes(size, std::byte{0x40});
    EXPECT_EQ(read_head(bytes).has_value(), size > connection_id_bytes) << size;
    bytes.assign(size, std::byte{0xff});  // ids of 255 bytes
    EXPECT_FALSE(read_head(bytes)) << size;
  }
  base::Bytes other(initial_bytes_min);  // smaller ones get no answer, so are not read
  other[0] = std::byte{0xc0};
  other[1] = std::byte{0x7f};
  other[5] = std::byte{4};
  const auto head = read_head(other);
  ASSERT_TRUE(head);
  EXPECT_FALSE(head->is_known_version);
  EXPECT_EQ(head->to.size_bytes, 4);
  other[5] = std::byte{21};  // a later version may; we cannot
  EXPECT_FALSE(read_head(other));
  EXPECT_FALSE(read_initial(other));
}

TEST(QuicPackets, ARetryTokenIsGoodForOneClientAndAWhile) {
  const auto secrets = secrets_of(1);
  const Endpoint client{IpAddress::v4(192, 0, 2, 1), 4433};
  const Initial first{quic_version, id_of(1), id_of(2), {}};
  Answer retry;
  const auto size = write_retry(first, id_of(3), client, secrets, second, retry);
  ASSERT_GT(size, 0U);
  EXPECT_LT(size, initial_bytes_min);
  const Initial back{quic_version, id_of(3), id_of(2), token_in(retry, size)};
  EXPECT_EQ(check_retry_token(back, client, secrets, 2 * second), id_of(1));
  // Another address, another port, another id, another secret, too late, cut, spoilt, none.
  EXPECT_FALSE(check_retry_token(back, {IpAddress::v4(192, 0, 2, 2), 4433}, secrets, 2 * second));
  EXPECT_FALSE(check_retry_token(back, {client.address, 4434}, secrets, 2 * second));
  auto other = back;
  other.to = id_of(4);
  EXPECT_FALSE(check_retry_token(other, client, secrets, 2 * second));
  EXPECT_FALSE(check_retry_token(back, client, secrets_of(2), 2 * second));
  EXPECT_FALSE(check_retry_token(back, client, secrets, 12 * second));
  for (std::size_t at = 0; at < back.token.size(); at += 5) {
    other = back;
    other.token[at] ^= std::byte{1};
    EXPECT_FALSE(check_retry_token(other, client, secrets, 2 * second)) << at;
    other.token.resize(at);
    EXPECT_FALSE(check_retry_token(other, client, secrets, 2 * second)) << at;
  }
}

TEST(QuicPackets, ResetsAreSmallerThanWhatTheyAnswer) {
  const auto secrets = secrets_of(1);
  DatagramHead head;
  head.to = id_of(1);
  const std::array<std::byte, 24> random{};
  Answer answer;
  for (std::size_t size = 0; size < 100; ++size) {
    const auto written = write_reset(head, size, random, secrets, answer);
    EXPECT_TRUE(written == 0 || written < size) << size;
    EXPECT_EQ(written > 0, size > 21) << size;
  }
  const auto written = write_reset(head, 1200, random, secrets, answer);
  EXPECT_EQ(written, 40U);
  const auto token = reset_token_in(base::ByteSpan(answer).first(written));
  EXPECT_TRUE(std::ranges::equal(token, reset_token(secrets, id_of(1))));
  EXPECT_NE(reset_token(secrets, id_of(1)), reset_token(secrets, id_of(2)));
  EXPECT_NE(reset_token(secrets, id_of(1)), reset_token(secrets_of(2), id_of(1)));
  EXPECT_TRUE(reset_token_in(base::ByteSpan(answer).first(20)).empty());
}

TEST(QuicPackets, AddressesGoBothWays) {
  for (const char* text : {"192.0.2.1:4433", "[2001:db8::1]:1", "[::]:0", "0.0.0.0:65535"}) {
    const auto endpoint = Endpoint::parse(text).value();
    NativeAddress native(endpoint);
    EXPECT_EQ(endpoint_of(native.data()), endpoint) << text;
  }
}

TEST(Certificate, CarriesTheKeyAndIsTheSameEachTime) {
  crypto::SecretBytes<32> seed;
  seed.mutable_span()[5] = std::byte{7};
  const auto key = crypto::Ed25519Key::from_seed(seed).public_key();
  const auto first = make_credentials(seed), second_time = make_credentials(seed);
  EXPECT_EQ(peer_in(first.certificate.get()), PeerId{key.bytes});
  EXPECT_EQ(X509_cmp(first.certificate.get(), second_time.certificate.get()), 0);
  EXPECT_EQ(X509_verify(first.certificate.get(), first.key.get()), 1);
  unsigned char* encoded = nullptr;
  const int size = i2d_X509(first.certificate.get(), &encoded);
  EXPECT_GT(size, 0);
  EXPECT_LT(size, 300);  // it has to fit into what a server may send at first
  OPENSSL_free(encoded);
}

TEST(Certificate, OtherKeysAreNone) {
  auto credentials = make_credentials({});
  const auto holding = [&](EVP_PKEY* key) {
    EXPECT_NE(key, nullptr);
    EXPECT_EQ(X509_set_pubkey(credentials.certificate.get(), key), 1);
    EVP_PKEY_free(key);
    return peer_in(credentials.certificate.get());
  };
  EXPECT_FALSE(holding(EVP_PKEY_Q_keygen(nullptr, nullptr, "X25519")));
  EXPECT_FALSE(holding(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED448")));
  EXPECT_FALSE(holding(EVP_EC_gen("P-256")));
  // Of small order, and not written as it should be: see crypto::is_usable.
  std::array<unsigned char, 32> raw{1};
  EXPECT_FALSE(
      holding(EVP_PKEY_new_raw_public_key_ex(nullptr, "ED25519", nullptr, raw.data(), raw.size())));
  raw.fill(0xff);
  EXPECT_FALSE(
      holding(EVP_PKEY_new_raw_public_key_ex(nullptr, "ED25519", nullptr, raw.data(), raw.size())));
  std::unique_ptr<X509, CertificateFree> empty(X509_new());
  EXPECT_FALSE(peer_in(empty.get()));
}

}  // namespace
}  // namespace tesseras::transport
