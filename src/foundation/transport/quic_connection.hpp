// A session over QUIC: ngtcp2's connection, fed with datagrams and time, and the streams in it.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "foundation/runtime/loop.hpp"
#include "foundation/runtime/tasks.hpp"
#include "foundation/runtime/waiter.hpp"
#include "foundation/transport/dialer.hpp"
#include "foundation/transport/limits.hpp"
#include "foundation/transport/quic_packets.hpp"
#include "foundation/transport/stream_state.hpp"
#include "foundation/transport/tls.hpp"
#include "foundation/transport/transport.hpp"

struct ngtcp2_callbacks;
struct ngtcp2_ccerr;
struct ngtcp2_conn;
struct ngtcp2_path;
struct ngtcp2_pkt_info;

namespace tesseras::transport {

class QuicConnection;

// What connections need of the transport that they belong to.
class ConnectionOwner {
 public:
  virtual ~ConnectionOwner() = default;
  virtual runtime::Loop& loop() = 0;
  virtual const PeerId& own_id() const = 0;
  virtual const Limits& limits() const = 0;
  virtual const TlsContext& tls() const = 0;
  virtual const EndpointSecrets& secrets() const = 0;
  virtual QuicTime quic_now() const = 0;
  virtual base::Instant instant_of(QuicTime time) const = 0;

  // Datagrams for that id go to that connection.
  virtual void add_route(const ConnectionId& id, QuicConnection& connection) = 0;
  virtual void remove_route(const ConnectionId& id) = 0;
  // A datagram that ends with that token ends that connection, though its id says nothing.
  virtual void add_reset_token(const ResetToken& token, QuicConnection& connection) = 0;
  virtual void remove_reset_token(const ResetToken& token) = 0;
  // Where a connection may write what it sends; for the time of a call.
  virtual base::MutableByteSpan send_buffer() = 0;
  // Takes them over, from one of our addresses. False: the socket is full now, and the
  // connection's flush() will be called when it is not.
  virtual bool send(const runtime::Endpoint& from, const runtime::OutgoingDatagrams& out,
                    QuicConnection& sender) = 0;
  virtual bool is_blocked(const runtime::Endpoint& from, QuicConnection& sender) = 0;

  virtual Handler* handler() const = 0;
  virtual std::size_t& unacknowledged_bytes() = 0;
  // Drops them soon: never from inside of one of them, and before the owner is gone.
  virtual void bury(std::unique_ptr<runtime::Tasks> tasks) = 0;
  // The peer has shown its key.
  virtual void on_established(QuicConnection& connection) = 0;
  // The connection is no more; it has no routes and sends nothing.
  virtual void on_ended(QuicConnection& connection, const base::Error& why) = 0;
};

// A client's first packet, when its address need not be doubted any more.
struct Arrival {
  runtime::Endpoint local, remote;
  Initial initial;
  std::optional<ConnectionId> called_before;  // it has followed our Retry
};

class QuicConnection final : public Session,
                             public StreamCarrier,
                             public std::enable_shared_from_this<QuicConnection> {
 public:
  static std::shared_ptr<QuicConnection> dial(ConnectionOwner& owner,
                                              const runtime::Endpoint& local,
                                              const Dialer::Attempt& attempt);
  static std::shared_ptr<QuicConnection> accept(ConnectionOwner& owner, const Arrival& arrival);
  ~QuicConnection() override;
  QuicConnection(const QuicConnection&) = delete;
  QuicConnection& operator=(const QuicConnection&) = delete;

  // Session. The peer is who it must be as long as it has not shown it, or nobody yet.
  const PeerId& peer() const override { return peer_; }
  runtime::Endpoint remote() const override { return remote_; }
  bool is_open() const override { return state_ == State::open; }
  bool is_dialled() const override { return is_client_; }
  runtime::Task<base::Result<std::unique_ptr<Stream>>> open_stream(base::Instant deadline) override;
  void close() override;

  // Called by the owner. A connection may end in any of these.
  void receive(const runtime::Endpoint& local, const runtime::Endpoint& from,
               base::ByteSpan datagram);
  void flush();
  void flush_soon();
  void end(const base::Error& why);  // without a word to the peer
  bool is_client() const { return is_client_; }
  // Of a client: by what name the dialer knows it.
  const PeerId& attempt() const { return attempt_; }
  bool has_ended() const { return state_ == State::ended; }
  bool has_streams() const { return !streams_.empty() || serving_ > 0; }
  base::Instant last_used() const { return last_used_; }
  // What the path takes in one datagram, as far as is known by now.
  std::size_t datagram_bytes() const;

  std::string key_agreement() const { return tls_->key_agreement(); }

  // StreamCarrier.
  void send_soon(StreamState& stream) override;
  void give_credit(StreamState& stream, std::size_t count) override;
  void stop_writing(StreamState& stream, std::uint64_t code) override;
  void stop_reading(StreamState& stream, std::uint64_t code) override;
  std::size_t room_for(const StreamState& stream) const override;
  void on_kept(std::size_t count) override;
  void on_released(std::size_t count) override;

  // Of serving.hpp: nothing answers the stream any more.
  void on_served(StreamState& stream);

 private:
  friend struct QuicCallbacks;  // what ngtcp2 calls
  enum class State { handshaking, open, ended };
  using StreamPointer = std::shared_ptr<StreamState>;

  QuicConnection(ConnectionOwner& owner, const runtime::Endpoint& remote, bool is_client);
  void make_client(const runtime::Endpoint& local, const Dialer::Attempt& attempt);
  void make_server(const Arrival& arrival);
  void take(ngtcp2_conn* connection);
  ConnectionId new_id();

  void after_events();
  // An error that ngtcp2 gave, or one of ours: tells the peer and ends.
  void fail_with(int result);
  void close_with(const ngtcp2_ccerr& reason, const base::Error& why);
  base::Error reason_of_peer() const;
  void arm();
  void on_time();
  std::ptrdiff_t write_packet(ngtcp2_path* path, ngtcp2_pkt_info* info, std::uint8_t* into,
                              std::size_t size_bytes, QuicTime now);
  StreamPointer next_to_send() const;
  void queue(const StreamPointer& stream);
  void unqueue(const StreamPointer& stream);
  void keep_alive_while_used();

  StreamPointer find(std::int64_t id) const;
  void serve_soon(StreamPointer stream);
  void release(StreamState& stream);

  ConnectionOwner* owner_;  // null once it has ended
  runtime::Loop& loop_;
  runtime::Endpoint remote_;
  bool is_client_;
  State state_ = State::handshaking;
  PeerId peer_, attempt_;
  base::Instant last_used_;
  base::Error end_;
  std::unique_ptr<TlsSession> tls_;
  std::unique_ptr<ngtcp2_conn, void (*)(ngtcp2_conn*)> connection_;
  std::vector<ConnectionId> ids_;         // of ours
  std::vector<ResetToken> reset_tokens_;  // of the peer's

  std::map<std::int64_t, StreamPointer> streams_;
  std::deque<StreamPointer> to_send_;
  std::size_t kept_bytes_ = 0;
  std::size_t serving_ = 0;
  std::deque<std::weak_ptr<runtime::Waiter<void>>> awaits_stream_;
  std::unique_ptr<runtime::Tasks> tasks_;

  std::unique_ptr<runtime::Timer> timer_;
  base::Instant timer_due_;
  bool handshake_done_ = false;
  bool will_flush_ = false;
};

}  // namespace tesseras::transport
