#include "foundation/transport/quic_transport.hpp"

#include <algorithm>
#include <utility>

#include "foundation/base/assert.hpp"
#include "foundation/crypto/ed25519.hpp"

namespace tesseras::transport {

using base::Code;
using base::Error;
using base::fail;
using base::Instant;
using base::Result;
using runtime::Endpoint;
using runtime::Task;

namespace {

// What the system takes in one call: a UDP datagram's most, cut into many (UDP_SEGMENT).
constexpr std::size_t send_buffer_bytes = 60 * 1024;
// So that no time is 0, and none before the transport's making is negative.
constexpr QuicTime first_moment = 1'000'000'000;
constexpr QuicTime second = 1'000'000'000;
constexpr std::size_t reset_random_bytes = 24;

crypto::SecretBytes<32> random_secret(runtime::Loop& loop) {
  crypto::SecretBytes<32> secret;
  loop.fill_random(secret.mutable_span());
  return secret;
}

}  // namespace

Result<std::unique_ptr<QuicTransport>> QuicTransport::make(runtime::Loop& loop,
                                                           const crypto::SecretBytes<32>& node_key,
                                                           const QuicOptions& options) {
  const auto self = crypto::Ed25519Key::from_seed(node_key).public_key();
  const auto secret = crypto::blake3_derive_key("tesseras stateless reset v1", node_key.span());
  return make_with(loop, make_credentials(node_key), PeerId{self.bytes}, secret, options);
}

Result<std::unique_ptr<QuicTransport>> QuicTransport::make_with(
    runtime::Loop& loop, const Credentials& credentials, const PeerId& self,
    const crypto::SecretBytes<32>& reset_secret, const QuicOptions& options) {
  std::unique_ptr<QuicTransport> made(
      new QuicTransport(loop, credentials, self, reset_secret, options));
  made->sockets_ = TRY(QuicSockets::bind(loop, options.listen, *made));
  return made;
}

QuicTransport::QuicTransport(runtime::Loop& loop, const Credentials& credentials,
                             const PeerId& self, const crypto::SecretBytes<32>& reset_secret,
                             const QuicOptions& options)
    : loop_(loop),
      limits_(options.limits),
      self_(self),
      tls_(credentials, options.rules),
      secrets_{reset_secret.clone(), random_secret(loop)},
      begin_(loop.now()),
      send_buffer_(send_buffer_bytes),
      dialer_(std::make_unique<Dialer>(loop, limits_,
                                       [this](const auto& attempt) { return dial(attempt); })) {}

QuicTransport::~QuicTransport() {
  alive_.reset();
  handler_ = nullptr;
  dialer_.reset();
  touched_.clear();
  while (!connections_.empty()) {
    const auto connection = connections_.begin()->second;
    connection->close();
  }
  std::exchange(buried_, {}).clear();
}

QuicTime QuicTransport::quic_now() const {
  return first_moment + static_cast<QuicTime>(std::max((loop_.now() - begin_).count(),
                                                       std::chrono::nanoseconds::rep{0}));
}

Instant QuicTransport::instant_of(QuicTime time) const {
  if (time <= first_moment) return begin_;
  return begin_ + base::nanoseconds(static_cast<std::int64_t>(time - first_moment));
}

void QuicTransport::add_route(const ConnectionId& id, QuicConnection& connection) {
  // A stranger's id that is taken stays whose it is; ours are too many to meet twice.
  routes_.try_emplace(id, &connection);
}

void QuicTransport::add_reset_token(const ResetToken& token, QuicConnection& connection) {
  by_token_.try_emplace(hash_of(token), &connection);
}

crypto::Blake3Hash QuicTransport::hash_of(std::span<const std::uint8_t> token) const {
  auto hash = crypto::Blake3::keyed(secrets_.token);
  hash.update(std::as_bytes(token));
  return hash.hash();
}

void QuicTransport::bury(std::unique_ptr<runtime::Tasks> tasks) {
  buried_.push_back(std::move(tasks));
  loop_.post([this, alive = std::weak_ptr(alive_)] {
    // What is dropped may close sessions, and bury more.
    if (!alive.expired()) std::exchange(buried_, {}).clear();
  });
}

QuicTransport::Counts QuicTransport::counts() const {
  Counts counts = counts_;
  counts.connections = connections_.size();
  counts.handshakes = handshaking_.size();
  counts.routes = routes_.size();
  return counts;
}

QuicTransport::Path QuicTransport::path_to(const PeerId& peer) const {
  const auto found = sessions_.find(peer);
  if (found == sessions_.end()) return {};
  return {found->second->datagram_bytes(), found->second->key_agreement()};
}

void QuicTransport::on_datagram(const Endpoint& local, const Endpoint& from,
                                base::ByteSpan datagram) {
  const auto head = read_head(datagram);
  if (!head) return;
  const auto route = routes_.find(head->to);
  if (route == routes_.end()) return on_stranger(local, from, datagram, *head);
  give(*route->second, local, from, datagram);
}

void QuicTransport::give(QuicConnection& to, const Endpoint& local, const Endpoint& from,
                         base::ByteSpan datagram) {
  const auto connection = to.shared_from_this();
  connection->receive(local, from, datagram);
  if (!std::ranges::contains(touched_, connection)) touched_.push_back(connection);
}

void QuicTransport::on_batch_end() {
  for (const auto& connection : std::exchange(touched_, {})) connection->flush();
}

// A datagram that belongs to no connection.
void QuicTransport::on_stranger(const Endpoint& local, const Endpoint& from,
                                base::ByteSpan datagram, const DatagramHead& head) {
  Answer bytes;
  if (!head.is_known_version) {
    // To small ones there is no answer: nobody gets more from us than he has sent.
    if (datagram.size() < initial_bytes_min) return;
    std::array<std::byte, 1> random;
    loop_.fill_random(random);
    return answer(local, from, bytes,
                  write_version_negotiation(head, std::to_integer<std::uint8_t>(random[0]), bytes));
  }
  if (head.version != 0) return on_initial(local, from, datagram);
  // It may be a peer's, who knows nothing of us any more.
  if (const auto token = reset_token_in(datagram); !token.empty()) {
    const auto found = by_token_.find(hash_of(token));
    if (found != by_token_.end()) return give(*found->second, local, from, datagram);
  }
  if (!may_reset()) return;
  std::array<std::byte, reset_random_bytes> random;
  loop_.fill_random(random);
  const auto size = write_reset(head, datagram.size(), random, secrets_, bytes);
  if (size > 0) ++counts_.resets_sent;
  answer(local, from, bytes, size);
}

void QuicTransport::on_initial(const Endpoint& local, const Endpoint& from,
                               base::ByteSpan datagram) {
  if (datagram.size() < initial_bytes_min) return;  // RFC 9000, 14.1
  auto initial = read_initial(datagram);
  if (!initial) return;
  Arrival arrival{local, from, *std::move(initial), std::nullopt};
  Answer bytes;
  if (!arrival.initial.token.empty()) {
    arrival.called_before = check_retry_token(arrival.initial, from, secrets_, quic_now());
    if (!arrival.called_before) {
      ++counts_.refusals_sent;
      return answer(local, from, bytes, write_refusal(arrival.initial, invalid_token, bytes));
    }
  } else if (half_open() >= limits_.handshakes_before_retry) {
    // Who sends from addresses that are not his never sees this, and costs us no memory.
    ConnectionId id;
    id.size_bytes = connection_id_bytes;
    loop_.fill_random(std::span(id.bytes).first(connection_id_bytes));
    ++counts_.retries_sent;
    return answer(local, from, bytes,
                  write_retry(arrival.initial, id, from, secrets_, quic_now(), bytes));
  }
  if (half_open() >= limits_.handshakes_max || is_crowded(from.address) || !has_room()) {
    ++counts_.refusals_sent;
    return answer(local, from, bytes, write_refusal(arrival.initial, connection_refused, bytes));
  }
  const auto connection = QuicConnection::accept(*this, arrival);
  adopt(connection);
  give(*connection, local, from, datagram);
}

void QuicTransport::answer(const Endpoint& local, const Endpoint& to, const Answer& bytes,
                           std::size_t size_bytes) {
  if (size_bytes == 0) return;
  sockets_->send(local, {to, base::ByteSpan(bytes).first(size_bytes)}, nullptr);
}

bool QuicTransport::may_reset() {
  if (const auto now = quic_now() / second; now != reset_second_) {
    reset_second_ = now;
    resets_this_second_ = 0;
  }
  return resets_this_second_++ < limits_.stateless_resets_per_second_max;
}

void QuicTransport::adopt(std::shared_ptr<QuicConnection> connection) {
  handshaking_.insert(connection.get());
  const auto* key = connection.get();
  connections_.emplace(key, std::move(connection));
}

// Whether there is room for one more; the one that nobody has used for longest may have to go.
bool QuicTransport::has_room() {
  if (connections_.size() < limits_.sessions_max) return true;
  QuicConnection* oldest = nullptr;
  for (const auto& [key, connection] : connections_) {
    if (!connection->is_open() || connection->has_streams()) continue;
    if (oldest == nullptr || connection->last_used() < oldest->last_used())
      oldest = connection.get();
  }
  if (oldest == nullptr) return false;
  oldest->close();
  return true;
}

std::size_t QuicTransport::half_open() const {
  return static_cast<std::size_t>(
      std::ranges::count_if(handshaking_, [](const auto* one) { return !one->is_client(); }));
}

bool QuicTransport::is_crowded(const runtime::IpAddress& from) const {
  if (from.is_loopback()) return false;
  std::size_t handshakes = 0, sessions = 0;
  for (const auto& [key, connection] : connections_) {
    if (connection->is_client() || connection->remote().address.block() != from.block()) continue;
    ++(connection->is_open() ? sessions : handshakes);
  }
  return handshakes >= limits_.handshakes_per_block_max ||
         sessions >= limits_.sessions_per_block_max;
}

// To be given by open(): one that we dialled, and the newest, since the peer may have forgotten the
// others. A session of theirs may be from anywhere, and soon gone.
void QuicTransport::offer(QuicConnection& connection) {
  auto& offered = sessions_[connection.peer()];
  if (offered == nullptr || connection.is_client() || !offered->is_client()) offered = &connection;
}

void QuicTransport::on_established(QuicConnection& connection) {
  handshaking_.erase(&connection);
  const auto id = connection.peer();
  offer(connection);
  if (!connection.is_client()) return;
  // Other attempts to reach the same peer are not needed any more.
  std::vector<std::shared_ptr<QuicConnection>> others;
  for (const auto* other : handshaking_) {
    const bool is_the_same = other->peer() == id || other->attempt() == connection.attempt();
    if (other->is_client() && is_the_same) others.push_back(connections_.at(other));
  }
  dialer_->succeeded(id, connection.shared_from_this());
  dialer_->succeeded(connection.attempt(), connection.shared_from_this());
  for (const auto& other : others) other->close();
}

void QuicTransport::on_ended(QuicConnection& connection, const Error& why) {
  const auto id = connection.peer();
  const bool was_attempt = handshaking_.erase(&connection) > 0 && connection.is_client();
  if (const auto found = sessions_.find(id);
      found != sessions_.end() && found->second == &connection) {
    sessions_.erase(found);
    for (const auto& [key, other] : connections_) {
      if (other->is_open() && other->peer() == id) offer(*other);
    }
  }
  connections_.erase(&connection);
  if (was_attempt && dialer_ != nullptr) dialer_->failed(connection.attempt(), why);
}

// A peer with several addresses may be asked about one of them.
QuicConnection& QuicTransport::session_at(const Peer& peer, QuicConnection& usual) const {
  const auto is_there = [&](const QuicConnection& one) {
    return std::ranges::contains(peer.endpoints, one.remote());
  };
  if (peer.endpoints.empty() || is_there(usual)) return usual;
  for (const auto& [key, other] : connections_) {
    if (other->is_open() && other->is_dialled() && other->peer() == peer.id && is_there(*other))
      return *other;
  }
  return usual;
}

Task<Result<std::shared_ptr<Session>>> QuicTransport::open(Peer peer, Instant deadline) {
  if (peer.id == self_) co_return fail(Code::invalid, "a node has no session with itself");
  if (const auto found = sessions_.find(peer.id);
      found != sessions_.end() && (found->second->is_dialled() || peer.endpoints.empty())) {
    co_return session_at(peer, *found->second).shared_from_this();
  }
  co_return co_await dialer_->open(std::move(peer), deadline);
}

Task<Result<std::shared_ptr<Session>>> QuicTransport::meet(std::vector<Endpoint> endpoints,
                                                           Instant deadline) {
  return dialer_->meet(std::move(endpoints), deadline);
}

Result<void> QuicTransport::dial(const Dialer::Attempt& attempt) {
  const auto local = sockets_->local_for(attempt.remote);
  if (!local) {
    return fail(Code::unavailable, "there is no way from here to {}: no socket of that kind",
                attempt.remote.text());
  }
  if (handshaking_.size() - half_open() >= limits_.handshakes_max || !has_room())
    return fail(Code::exhausted, "too many sessions are open; try again later");
  const auto connection = QuicConnection::dial(*this, *local, attempt);
  adopt(connection);
  // Not at once: a failure must not come back from inside of this.
  connection->flush_soon();
  return {};
}

}  // namespace tesseras::transport
