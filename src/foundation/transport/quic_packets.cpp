#include "foundation/transport/quic_packets.hpp"

#include <netinet/in.h>
#include <ngtcp2/ngtcp2.h>
#include <ngtcp2/ngtcp2_crypto.h>

#include <algorithm>
#include <cstring>

#include "foundation/base/assert.hpp"

namespace tesseras::transport {
namespace {

// How long a client may take to come back with its token.
constexpr QuicTime retry_token_time_max = 10 * NGTCP2_SECONDS;

// RFC 9000, 10.3.
constexpr std::size_t reset_bytes_min =
    NGTCP2_MIN_STATELESS_RESET_RANDLEN + NGTCP2_STATELESS_RESET_TOKENLEN;

const std::uint8_t* octets(base::ByteSpan bytes) {
  return reinterpret_cast<const std::uint8_t*>(bytes.data());
}
std::uint8_t* octets(Answer& answer) { return reinterpret_cast<std::uint8_t*>(answer.data()); }

std::size_t written(ngtcp2_ssize result) {
  return result < 0 ? 0 : static_cast<std::size_t>(result);
}

const ngtcp2_sockaddr* address_of(NativeAddress& native) {
  return static_cast<const ngtcp2_sockaddr*>(native.data());
}

static_assert(quic_version == NGTCP2_PROTO_VER_V1);
static_assert(ConnectionId::size_bytes_max == NGTCP2_MAX_CIDLEN);
static_assert(sizeof(sockaddr_in6) == NativeAddress::size_bytes);
static_assert(NGTCP2_CRYPTO_MAX_RETRY_TOKENLEN2 < answer_bytes_max / 2);

}  // namespace

ConnectionId ConnectionId::of(base::ByteSpan from) {
  ASSERT(from.size() <= size_bytes_max);
  ConnectionId id;
  std::ranges::copy(from, id.bytes.begin());
  id.size_bytes = static_cast<std::uint8_t>(from.size());
  return id;
}

ConnectionId ConnectionId::of(const ngtcp2_cid& from) {
  return of(std::as_bytes(std::span(from.data, from.datalen)));
}

ngtcp2_cid ConnectionId::native() const {
  ngtcp2_cid cid;
  ngtcp2_cid_init(&cid, octets(span()), size_bytes);
  return cid;
}

std::optional<DatagramHead> read_head(base::ByteSpan datagram) {
  if (datagram.empty()) return std::nullopt;  // ngtcp2 would take it for a mistake of ours
  ngtcp2_version_cid read;
  const int result =
      ngtcp2_pkt_decode_version_cid(&read, octets(datagram), datagram.size(), connection_id_bytes);
  if (result != 0 && result != NGTCP2_ERR_VERSION_NEGOTIATION) return std::nullopt;
  // Versions to come may have longer ones; we would not know what to do with them.
  if (read.dcidlen > ConnectionId::size_bytes_max || read.scidlen > ConnectionId::size_bytes_max)
    return std::nullopt;
  return DatagramHead{.version = read.version,
                      .is_known_version = read.version == 0 || read.version == quic_version,
                      .to = ConnectionId::of(std::as_bytes(std::span(read.dcid, read.dcidlen))),
                      .from = ConnectionId::of(std::as_bytes(std::span(read.scid, read.scidlen)))};
}

std::optional<Initial> read_initial(base::ByteSpan datagram) {
  ngtcp2_pkt_hd head;
  if (ngtcp2_accept(&head, octets(datagram), datagram.size()) != 0) return std::nullopt;
  const auto token = std::as_bytes(std::span(head.token, head.tokenlen));
  return Initial{.version = head.version,
                 .to = ConnectionId::of(head.dcid),
                 .from = ConnectionId::of(head.scid),
                 .token = base::Bytes(token.begin(), token.end())};
}

ResetToken reset_token(const EndpointSecrets& secrets, const ConnectionId& id) {
  ResetToken token;
  const ngtcp2_cid cid = id.native();
  ASSERT(ngtcp2_crypto_generate_stateless_reset_token(token.data(), octets(secrets.reset.span()),
                                                      secrets.reset.size_bytes, &cid) == 0);
  return token;
}

std::span<const std::uint8_t> reset_token_in(base::ByteSpan datagram) {
  if (datagram.size() < reset_bytes_min) return {};
  return std::span(octets(datagram), datagram.size()).last(NGTCP2_STATELESS_RESET_TOKENLEN);
}

std::size_t write_version_negotiation(const DatagramHead& to, std::uint8_t random, Answer& into) {
  constexpr std::array<std::uint32_t, 1> versions = {quic_version};
  return written(ngtcp2_pkt_write_version_negotiation(
      octets(into), into.size(), random, octets(to.from.span()), to.from.size_bytes,
      octets(to.to.span()), to.to.size_bytes, versions.data(), versions.size()));
}

std::size_t write_retry(const Initial& to, const ConnectionId& id, const runtime::Endpoint& client,
                        const EndpointSecrets& secrets, QuicTime now, Answer& into) {
  NativeAddress address(client);
  const ngtcp2_cid ours = id.native(), theirs = to.from.native(), called = to.to.native();
  std::array<std::uint8_t, NGTCP2_CRYPTO_MAX_RETRY_TOKENLEN2> token;
  const auto size = ngtcp2_crypto_generate_retry_token2(
      token.data(), octets(secrets.token.span()), secrets.token.size_bytes, to.version,
      address_of(address), NativeAddress::size_bytes, &ours, &called, now);
  if (size < 0) return 0;
  return written(ngtcp2_crypto_write_retry(octets(into), into.size(), to.version, &theirs, &ours,
                                           &called, token.data(), static_cast<std::size_t>(size)));
}

std::optional<ConnectionId> check_retry_token(const Initial& from, const runtime::Endpoint& client,
                                              const EndpointSecrets& secrets, QuicTime now) {
  if (from.token.empty() || from.token[0] != std::byte{NGTCP2_CRYPTO_TOKEN_MAGIC_RETRY2})
    return std::nullopt;
  NativeAddress address(client);
  const ngtcp2_cid called = from.to.native();
  ngtcp2_cid original;
  if (ngtcp2_crypto_verify_retry_token2(
          &original, octets(from.token), from.token.size(), octets(secrets.token.span()),
          secrets.token.size_bytes, from.version, address_of(address), NativeAddress::size_bytes,
          &called, retry_token_time_max, now) != 0) {
    return std::nullopt;
  }
  return ConnectionId::of(original);
}

std::size_t write_refusal(const Initial& to, std::uint64_t error, Answer& into) {
  const ngtcp2_cid theirs = to.from.native(), called = to.to.native();
  return written(ngtcp2_crypto_write_connection_close(octets(into), into.size(), to.version,
                                                      &theirs, &called, error, nullptr, 0));
}

std::size_t write_reset(const DatagramHead& to, std::size_t datagram_bytes, base::ByteSpan random,
                        const EndpointSecrets& secrets, Answer& into) {
  if (datagram_bytes <= reset_bytes_min) return 0;
  const auto random_bytes =
      std::min(random.size(), datagram_bytes - 1 - NGTCP2_STATELESS_RESET_TOKENLEN);
  ngtcp2_stateless_reset_token token;
  const ResetToken ours = reset_token(secrets, to.to);
  std::ranges::copy(ours, token.data);
  return written(ngtcp2_pkt_write_stateless_reset2(octets(into), into.size(), &token,
                                                   octets(random), random_bytes));
}

NativeAddress::NativeAddress(const runtime::Endpoint& from) {
  sockaddr_in6 address{};
  address.sin6_family = AF_INET6;
  address.sin6_port = htons(from.port);
  std::memcpy(&address.sin6_addr, from.address.bytes.data(), from.address.bytes.size());
  std::memcpy(bytes_.data(), &address, sizeof address);
}

runtime::Endpoint endpoint_of(const void* native) {
  sockaddr_in6 address{};
  std::memcpy(&address, native, sizeof address);
  ASSERT(address.sin6_family == AF_INET6);
  runtime::Endpoint endpoint{{}, ntohs(address.sin6_port)};
  std::memcpy(endpoint.address.bytes.data(), &address.sin6_addr, endpoint.address.bytes.size());
  return endpoint;
}

}  // namespace tesseras::transport
