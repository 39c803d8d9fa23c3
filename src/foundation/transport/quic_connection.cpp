#include "foundation/transport/quic_connection.hpp"

#include <ngtcp2/ngtcp2.h>

#include <algorithm>
#include <array>

#include "foundation/base/assert.hpp"
#include "foundation/transport/quic_callbacks.hpp"

namespace tesseras::transport {

using base::Code;
using base::Error;
using base::fail;
using base::Result;
using runtime::Endpoint;
using runtime::Task;

namespace {

// What crosses the open Internet whole: an Ethernet frame less the largest heads of IPv6 and UDP.
constexpr std::size_t datagram_bytes_max = 1452;
// Tried in this order (RFC 8899): Ethernet, PPPoE, and two kinds of tunnels.
constexpr std::array<std::uint16_t, 4> datagram_sizes = {1452, 1444, 1404, 1342};

constexpr std::uint64_t tls_alerts = 0x100;  // RFC 9001, 4.8: 0x100 + the alert
constexpr std::uint64_t no_application_protocol = 120;

ngtcp2_path path_of(NativeAddress& local, NativeAddress& remote) {
  return {{static_cast<ngtcp2_sockaddr*>(local.data()), NativeAddress::size_bytes},
          {static_cast<ngtcp2_sockaddr*>(remote.data()), NativeAddress::size_bytes},
          nullptr};
}

ngtcp2_settings make_settings(ConnectionOwner& owner) {
  const auto& limits = owner.limits();
  ngtcp2_settings settings;
  ngtcp2_settings_default(&settings);
  settings.initial_ts = owner.quic_now();
  settings.rand_ctx.native_handle = &owner.loop();
  settings.handshake_timeout = static_cast<ngtcp2_duration>(limits.handshake_time_max.count());
  settings.max_stream_window = limits.stream_window_bytes_max;
  settings.max_window = limits.session_window_bytes_max;
  settings.max_tx_udp_payload_size = datagram_bytes_max;
  settings.pmtud_probes = datagram_sizes.data();
  settings.pmtud_probeslen = datagram_sizes.size();
  return settings;
}

ngtcp2_transport_params make_parameters(const Limits& limits) {
  ngtcp2_transport_params parameters;
  ngtcp2_transport_params_default(&parameters);
  parameters.initial_max_stream_data_bidi_local = limits.stream_window_bytes;
  parameters.initial_max_stream_data_bidi_remote = limits.stream_window_bytes;
  parameters.initial_max_data = limits.session_window_bytes;
  parameters.initial_max_streams_bidi = limits.streams_per_session_max;
  parameters.initial_max_streams_uni = 0;
  parameters.max_idle_timeout = static_cast<ngtcp2_duration>(limits.idle_time_max.count());
  return parameters;
}

}  // namespace

QuicConnection::QuicConnection(ConnectionOwner& owner, const Endpoint& remote, bool is_client)
    : owner_(&owner),
      loop_(owner.loop()),
      remote_(remote),
      is_client_(is_client),
      last_used_(loop_.now()),
      connection_(nullptr, ngtcp2_conn_del),
      tasks_(std::make_unique<runtime::Tasks>(loop_)) {}

QuicConnection::~QuicConnection() { ASSERT(has_ended()); }

std::shared_ptr<QuicConnection> QuicConnection::dial(ConnectionOwner& owner, const Endpoint& local,
                                                     const Dialer::Attempt& attempt) {
  std::shared_ptr<QuicConnection> made(new QuicConnection(owner, attempt.remote, true));
  made->make_client(local, attempt);
  return made;
}

std::shared_ptr<QuicConnection> QuicConnection::accept(ConnectionOwner& owner,
                                                       const Arrival& arrival) {
  std::shared_ptr<QuicConnection> made(new QuicConnection(owner, arrival.remote, false));
  made->make_server(arrival);
  return made;
}

void QuicConnection::make_client(const Endpoint& local, const Dialer::Attempt& attempt) {
  attempt_ = attempt.id;
  if (!attempt.is_meeting) peer_ = attempt.id;
  tls_ = TlsSession::client(owner_->tls(),
                            attempt.is_meeting ? std::nullopt : std::optional(attempt.id));
  NativeAddress from(local), to(remote_);
  const ngtcp2_path path = path_of(from, to);
  // What we call the server until it says what to call it; nobody routes by it.
  ConnectionId theirs;
  theirs.size_bytes = connection_id_bytes;
  loop_.fill_random(std::span(theirs.bytes).first(connection_id_bytes));
  const ngtcp2_cid called = theirs.native(), ours = new_id().native();
  ngtcp2_callbacks callbacks{};
  fill_callbacks(callbacks);
  const ngtcp2_settings settings = make_settings(*owner_);
  const ngtcp2_transport_params parameters = make_parameters(owner_->limits());
  ngtcp2_conn* made = nullptr;
  ASSERT(ngtcp2_conn_client_new(&made, &called, &ours, &path, quic_version, &callbacks, &settings,
                                &parameters, nullptr, this) == 0);
  take(made);
}

void QuicConnection::make_server(const Arrival& arrival) {
  tls_ = TlsSession::server(owner_->tls());
  NativeAddress from(arrival.local), to(arrival.remote);
  const ngtcp2_path path = path_of(from, to);
  const auto& initial = arrival.initial;
  const ConnectionId id = new_id();
  // Until the client has heard what we call ourselves.
  ids_.push_back(initial.to);
  owner_->add_route(initial.to, *this);

  ngtcp2_callbacks callbacks{};
  fill_callbacks(callbacks);
  ngtcp2_settings settings = make_settings(*owner_);
  ngtcp2_transport_params parameters = make_parameters(owner_->limits());
  parameters.original_dcid_present = 1;
  parameters.original_dcid = arrival.called_before.value_or(initial.to).native();
  if (arrival.called_before) {
    parameters.retry_scid_present = 1;
    parameters.retry_scid = initial.to.native();
    settings.token = reinterpret_cast<const std::uint8_t*>(initial.token.data());
    settings.tokenlen = initial.token.size();
    settings.token_type = NGTCP2_TOKEN_TYPE_RETRY;
  }
  parameters.stateless_reset_token_present = 1;
  std::ranges::copy(reset_token(owner_->secrets(), id), parameters.stateless_reset_token);

  const ngtcp2_cid theirs = initial.from.native(), ours = id.native();
  ngtcp2_conn* made = nullptr;
  ASSERT(ngtcp2_conn_server_new(&made, &theirs, &ours, &path, initial.version, &callbacks,
                                &settings, &parameters, nullptr, this) == 0);
  take(made);
}

void QuicConnection::take(ngtcp2_conn* connection) {
  connection_.reset(connection);
  tls_->bind(connection);
}

ConnectionId QuicConnection::new_id() {
  ConnectionId id;
  id.size_bytes = connection_id_bytes;
  loop_.fill_random(std::span(id.bytes).first(connection_id_bytes));
  ids_.push_back(id);
  owner_->add_route(id, *this);
  return id;
}

void QuicConnection::receive(const Endpoint& local, const Endpoint& from, base::ByteSpan datagram) {
  if (has_ended()) return;
  NativeAddress to_us(local), by_peer(from);
  const ngtcp2_path path = path_of(to_us, by_peer);
  const ngtcp2_pkt_info info{};
  const int result = ngtcp2_conn_read_pkt(connection_.get(), &path, &info,
                                          reinterpret_cast<const std::uint8_t*>(datagram.data()),
                                          datagram.size(), owner_->quic_now());
  if (result != 0) return fail_with(result);
  after_events();
}

// What ngtcp2's calls have noted; after each that may have noted something.
void QuicConnection::after_events() {
  if (has_ended()) return;
  remote_ = endpoint_of(ngtcp2_conn_get_path(connection_.get())->remote.addr);
  if (!handshake_done_ || state_ != State::handshaking) return;
  const auto peer = tls_->peer();
  if (!peer) {
    ngtcp2_ccerr reason;
    ngtcp2_ccerr_set_tls_alert(&reason, no_application_protocol, nullptr, 0);
    return close_with(reason, {Code::unsupported, "the peer does not speak our protocol"});
  }
  if (*peer == owner_->own_id()) {
    ngtcp2_ccerr reason;
    ngtcp2_ccerr_default(&reason);
    return close_with(reason,
                      {Code::invalid, fmt::format("{} is this node itself", remote_.text())});
  }
  peer_ = *peer;
  state_ = State::open;
  last_used_ = loop_.now();
  owner_->on_established(*this);
}

void QuicConnection::close() {
  if (has_ended()) return;
  const auto self = shared_from_this();
  ngtcp2_ccerr reason;
  ngtcp2_ccerr_default(&reason);
  ngtcp2_ccerr_set_application_error(&reason, code_not_wanted, nullptr, 0);
  close_with(reason, {Code::cancelled, "the session was closed on our side"});
}

void QuicConnection::fail_with(int result) {
  ngtcp2_ccerr reason;
  ngtcp2_ccerr_default(&reason);
  switch (result) {
    case NGTCP2_ERR_DRAINING: return end(reason_of_peer());
    case NGTCP2_ERR_IDLE_CLOSE:
      return end({Code::unavailable, fmt::format("{} has fallen silent", remote_.text())});
    case NGTCP2_ERR_HANDSHAKE_TIMEOUT:
      return end({Code::timeout, fmt::format("{} has not answered in time", remote_.text())});
    case NGTCP2_ERR_RECV_VERSION_NEGOTIATION:
      return end(
          {Code::unsupported, fmt::format("{} speaks another version of QUIC", remote_.text())});
    case NGTCP2_ERR_RETRY:
    case NGTCP2_ERR_DROP_CONN:
    case NGTCP2_ERR_CLOSING:
      return end({Code::unavailable, fmt::format("{} sent what is no handshake", remote_.text())});
    case NGTCP2_ERR_CRYPTO: {
      const auto alert = ngtcp2_conn_get_tls_alert(connection_.get());
      ngtcp2_ccerr_set_tls_alert(&reason, alert, nullptr, 0);
      if (tls_->was_another()) {
        return close_with(reason, {Code::denied, fmt::format("{} has another key than expected",
                                                             remote_.text())});
      }
      return close_with(
          reason,
          {alert == no_application_protocol ? Code::unsupported : Code::denied,
           fmt::format("{} has not shown who it is (TLS alert {})", remote_.text(), alert)});
    }
    default:
      ngtcp2_ccerr_set_liberr(&reason, result, nullptr, 0);
      return close_with(reason,
                        {Code::corrupt, fmt::format("{} broke the protocol: {}", remote_.text(),
                                                    ngtcp2_strerror(result))});
  }
}

Error QuicConnection::reason_of_peer() const {
  const ngtcp2_ccerr* reason = ngtcp2_conn_get_ccerr(connection_.get());
  const auto text = remote_.text();
  if (reason->type == NGTCP2_CCERR_TYPE_TRANSPORT) {
    if (reason->error_code == connection_refused)
      return {Code::unavailable, fmt::format("{} takes no more sessions now", text)};
    const auto alert = reason->error_code - tls_alerts;
    if (reason->error_code >= tls_alerts && alert <= 0xff) {
      return {alert == no_application_protocol ? Code::unsupported : Code::denied,
              fmt::format("{} refused the handshake (TLS alert {})", text, alert)};
    }
  }
  return {Code::unavailable, fmt::format("{} has closed the session", text)};
}

void QuicConnection::close_with(const ngtcp2_ccerr& reason, const Error& why) {
  const auto buffer = owner_->send_buffer();
  ngtcp2_path_storage path;
  ngtcp2_path_storage_zero(&path);
  ngtcp2_pkt_info info{};
  const auto size = ngtcp2_conn_write_connection_close(
      connection_.get(), &path.path, &info, reinterpret_cast<std::uint8_t*>(buffer.data()),
      datagram_bytes_max, &reason, owner_->quic_now());
  if (size > 0) {
    const auto local = endpoint_of(path.path.local.addr);
    owner_->send(local,
                 {endpoint_of(path.path.remote.addr), buffer.first(static_cast<std::size_t>(size))},
                 *this);
  }
  end(why);
}

void QuicConnection::end(const Error& why) {
  if (has_ended()) return;
  const auto self = shared_from_this();
  state_ = State::ended;
  end_ = why;
  timer_.reset();
  for (const auto& id : std::exchange(ids_, {})) owner_->remove_route(id);
  for (const auto& token : std::exchange(reset_tokens_, {})) owner_->remove_reset_token(token);
  for (const auto& [id, stream] : streams_) stream->on_session_end(why);
  streams_.clear();
  to_send_.clear();
  for (auto& waiting : std::exchange(awaits_stream_, {})) {
    if (const auto waiter = waiting.lock()) waiter->set({});
  }
  connection_.reset();
  tls_->bind(nullptr);
  owner_->bury(std::move(tasks_));
  std::exchange(owner_, nullptr)->on_ended(*this, why);
}

std::size_t QuicConnection::datagram_bytes() const {
  return has_ended() ? 0 : ngtcp2_conn_get_path_max_tx_udp_payload_size(connection_.get());
}

}  // namespace tesseras::transport
