// The packets of QUIC that need no connection: telling whose a datagram is, and the answers to
// those that are nobody's. Pure but for the secrets that it is given.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "foundation/base/bytes.hpp"
#include "foundation/base/time.hpp"
#include "foundation/crypto/secret.hpp"
#include "foundation/runtime/endpoint.hpp"

struct ngtcp2_cid;

namespace tesseras::transport {

struct ConnectionId {
  static constexpr std::size_t size_bytes_max = 20;  // RFC 9000, 17.2

  std::array<std::byte, size_bytes_max> bytes{};
  std::uint8_t size_bytes = 0;

  auto operator<=>(const ConnectionId&) const = default;
  base::ByteSpan span() const { return base::ByteSpan(bytes).first(size_bytes); }

  // At most size_bytes_max.
  static ConnectionId of(base::ByteSpan from);
  static ConnectionId of(const ngtcp2_cid& from);
  ngtcp2_cid native() const;
};

// The one version that we speak (RFC 9000).
inline constexpr std::uint32_t quic_version = 1;
// How long ours are: enough that nobody guesses one.
inline constexpr std::size_t connection_id_bytes = 16;
// What a client's first datagram has at least (RFC 9000, 14.1); we answer no smaller one at
// length.
inline constexpr std::size_t initial_bytes_min = 1200;
// What an answer here takes at most.
inline constexpr std::size_t answer_bytes_max = 1200;
using Answer = std::array<std::byte, answer_bytes_max>;

// What QUIC's clock shows: nanoseconds, never negative.
using QuicTime = std::uint64_t;

// What can be read of a datagram without a key.
struct DatagramHead {
  std::uint32_t version = 0;  // 0: a packet of a connection that is established
  bool is_known_version = true;
  ConnectionId to;    // what we go by
  ConnectionId from;  // of long headers: what the sender goes by
};
// nullopt: it is no QUIC, or not of any version that could be answered.
std::optional<DatagramHead> read_head(base::ByteSpan datagram);

// A client's first packet, as far as it tells.
struct Initial {
  std::uint32_t version = 0;
  ConnectionId to, from;
  base::Bytes token;
};
std::optional<Initial> read_initial(base::ByteSpan datagram);

// Secrets of an endpoint. Whoever has them can end its sessions, and no more.
struct EndpointSecrets {
  crypto::SecretBytes<32> reset;  // the same after a restart, so that old sessions end at once
  crypto::SecretBytes<32> token;
};

using ResetToken = std::array<std::uint8_t, 16>;
// The token in what may be a stateless reset; empty: it is too short for one.
std::span<const std::uint8_t> reset_token_in(base::ByteSpan datagram);
ResetToken reset_token(const EndpointSecrets& secrets, const ConnectionId& id);

// Each gives how many bytes of `into` it has filled; 0 when there is nothing to say.
std::size_t write_version_negotiation(const DatagramHead& to, std::uint8_t random, Answer& into);
// `id` is what the client shall call us from now on.
std::size_t write_retry(const Initial& to, const ConnectionId& id, const runtime::Endpoint& client,
                        const EndpointSecrets& secrets, QuicTime now, Answer& into);
// The id that the client called us by before our Retry; nullopt when the token is not ours, too
// old, or another address's.
std::optional<ConnectionId> check_retry_token(const Initial& from, const runtime::Endpoint& client,
                                              const EndpointSecrets& secrets, QuicTime now);
// Ends a handshake that has not begun, with an error of QUIC's (RFC 9000, 20.1).
std::size_t write_refusal(const Initial& to, std::uint64_t error, Answer& into);
// For a datagram of `datagram_bytes` for a connection that we know nothing of; smaller than that,
// so that two who know nothing do not answer each other for ever (RFC 9000, 10.3.3).
std::size_t write_reset(const DatagramHead& to, std::size_t datagram_bytes, base::ByteSpan random,
                        const EndpointSecrets& secrets, Answer& into);

// Errors of RFC 9000, 20.1, that we send on our own account.
inline constexpr std::uint64_t connection_refused = 0x02;
inline constexpr std::uint64_t invalid_token = 0x0b;

// ngtcp2's form of an address: IPv6 always, IPv4 as our endpoints have it.
class NativeAddress {
 public:
  explicit NativeAddress(const runtime::Endpoint& from);
  void* data() { return bytes_.data(); }
  static constexpr unsigned size_bytes = 28;

 private:
  alignas(8) std::array<std::byte, size_bytes> bytes_{};
};
runtime::Endpoint endpoint_of(const void* native);

}  // namespace tesseras::transport
