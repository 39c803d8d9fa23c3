// Transport over QUIC version 1 (RFC 9000, 9001, 9002, 9221 left out), by ngtcp2.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "foundation/crypto/blake3.hpp"
#include "foundation/crypto/secret.hpp"
#include "foundation/runtime/loop.hpp"
#include "foundation/transport/dialer.hpp"
#include "foundation/transport/limits.hpp"
#include "foundation/transport/quic_connection.hpp"
#include "foundation/transport/quic_sockets.hpp"
#include "foundation/transport/tls.hpp"
#include "foundation/transport/transport.hpp"

namespace tesseras::transport {

struct QuicOptions {
  std::vector<runtime::Endpoint> listen;  // at least one; port 0: one that is free
  Limits limits;
  TlsRules rules;  // for tests that play a stranger
};

class QuicTransport final : public Transport, private ConnectionOwner, private DatagramUser {
 public:
  // `node_key` is the Ed25519 seed of the node; it is needed for the time of the call only.
  // Errors as Loop::bind_datagrams. The loop outlives it.
  static base::Result<std::unique_ptr<QuicTransport>> make(runtime::Loop& loop,
                                                           const crypto::SecretBytes<32>& node_key,
                                                           const QuicOptions& options);
  // For tests: with any certificate.
  static base::Result<std::unique_ptr<QuicTransport>> make_with(
      runtime::Loop& loop, const Credentials& credentials, const PeerId& self,
      const crypto::SecretBytes<32>& reset_secret, const QuicOptions& options);
  ~QuicTransport() override;

  const PeerId& self() const override { return self_; }
  std::vector<runtime::Endpoint> local() const override { return sockets_->local(); }
  runtime::Task<base::Result<std::shared_ptr<Session>>> open(Peer peer,
                                                             base::Instant deadline) override;
  runtime::Task<base::Result<std::shared_ptr<Session>>> meet(
      std::vector<runtime::Endpoint> endpoints, base::Instant deadline) override;
  void serve(Handler* handler) override { handler_ = handler; }

  // For figures and tests.
  struct Counts {
    std::size_t connections = 0;  // handshakes included
    std::size_t handshakes = 0;
    std::size_t routes = 0;
    std::uint64_t retries_sent = 0;
    std::uint64_t refusals_sent = 0;
    std::uint64_t resets_sent = 0;
  };
  Counts counts() const;
  // Of the session with that peer, if there is one: what its path takes in a datagram, as far as
  // is known, and what its keys were agreed on with, as TLS calls it.
  struct Path {
    std::size_t datagram_bytes = 0;
    std::string key_agreement;
  };
  Path path_to(const PeerId& peer) const;

 private:
  QuicTransport(runtime::Loop& loop, const Credentials& credentials, const PeerId& self,
                const crypto::SecretBytes<32>& reset_secret, const QuicOptions& options);

  // ConnectionOwner.
  runtime::Loop& loop() override { return loop_; }
  const PeerId& own_id() const override { return self_; }
  const Limits& limits() const override { return limits_; }
  const TlsContext& tls() const override { return tls_; }
  const EndpointSecrets& secrets() const override { return secrets_; }
  QuicTime quic_now() const override;
  base::Instant instant_of(QuicTime time) const override;
  void add_route(const ConnectionId& id, QuicConnection& connection) override;
  void remove_route(const ConnectionId& id) override { routes_.erase(id); }
  void add_reset_token(const ResetToken& token, QuicConnection& connection) override;
  void remove_reset_token(const ResetToken& token) override { by_token_.erase(hash_of(token)); }
  base::MutableByteSpan send_buffer() override { return send_buffer_; }
  bool send(const runtime::Endpoint& from, const runtime::OutgoingDatagrams& out,
            QuicConnection& sender) override {
    return sockets_->send(from, out, &sender);
  }
  bool is_blocked(const runtime::Endpoint& from, QuicConnection& sender) override {
    return sockets_->is_blocked(from, sender);
  }
  Handler* handler() const override { return handler_; }
  std::size_t& unacknowledged_bytes() override { return unacknowledged_bytes_; }
  void bury(std::unique_ptr<runtime::Tasks> tasks) override;
  void on_established(QuicConnection& connection) override;
  void on_ended(QuicConnection& connection, const base::Error& why) override;

  // DatagramUser.
  void on_datagram(const runtime::Endpoint& local, const runtime::Endpoint& from,
                   base::ByteSpan datagram) override;
  void on_batch_end() override;

  void give(QuicConnection& to, const runtime::Endpoint& local, const runtime::Endpoint& from,
            base::ByteSpan datagram);
  void on_stranger(const runtime::Endpoint& local, const runtime::Endpoint& from,
                   base::ByteSpan datagram, const DatagramHead& head);
  void on_initial(const runtime::Endpoint& local, const runtime::Endpoint& from,
                  base::ByteSpan datagram);
  void answer(const runtime::Endpoint& local, const runtime::Endpoint& to, const Answer& bytes,
              std::size_t size_bytes);
  bool may_reset();
  crypto::Blake3Hash hash_of(std::span<const std::uint8_t> token) const;
  void adopt(std::shared_ptr<QuicConnection> connection);
  void offer(QuicConnection& connection);
  QuicConnection& session_at(const Peer& peer, QuicConnection& usual) const;
  bool has_room();
  std::size_t half_open() const;
  // Whether as many as may have come from where `from` is.
  bool is_crowded(const runtime::IpAddress& from) const;

  base::Result<void> dial(const Dialer::Attempt& attempt);

  runtime::Loop& loop_;
  Limits limits_;
  PeerId self_;
  TlsContext tls_;
  EndpointSecrets secrets_;
  base::Instant begin_;
  Handler* handler_ = nullptr;
  base::Bytes send_buffer_;
  std::unique_ptr<QuicSockets> sockets_;

  std::map<ConnectionId, QuicConnection*> routes_;
  // By hash, so that how long a look takes tells nobody how much of a token he has guessed.
  std::map<crypto::Blake3Hash, QuicConnection*> by_token_;
  std::map<const QuicConnection*, std::shared_ptr<QuicConnection>> connections_;
  std::set<const QuicConnection*> handshaking_;
  std::map<PeerId, QuicConnection*> sessions_;  // the one that open() gives
  std::unique_ptr<Dialer> dialer_;
  std::vector<std::shared_ptr<QuicConnection>> touched_;  // by the batch that is being read
  std::size_t unacknowledged_bytes_ = 0;
  Counts counts_;
  std::uint64_t reset_second_ = 0;
  std::size_t resets_this_second_ = 0;
  std::vector<std::unique_ptr<runtime::Tasks>> buried_;
  std::shared_ptr<int> alive_ = std::make_shared<int>(0);  // for what was posted
};

}  // namespace tesseras::transport
