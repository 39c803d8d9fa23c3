// The half of QuicConnection that sends: packets, their times, and the streams' turns.
#include <ngtcp2/ngtcp2.h>

#include <algorithm>
#include <array>

#include "foundation/base/assert.hpp"
#include "foundation/transport/quic_callbacks.hpp"
#include "foundation/transport/quic_connection.hpp"
#include "foundation/transport/serving.hpp"

namespace tesseras::transport {

using base::Code;
using base::fail;
using base::Result;
using runtime::Task;

namespace {

// Pieces of one stream that go into one packet; more would hardly fit.
constexpr std::size_t pieces_max = 8;

}  // namespace

void QuicConnection::flush() {
  if (has_ended()) return;
  const auto self = shared_from_this();
  const auto now = owner_->quic_now();
  const auto local = endpoint_of(ngtcp2_conn_get_path(connection_.get())->local.addr);
  while (!owner_->is_blocked(local, *this)) {
    const auto buffer = owner_->send_buffer();
    ngtcp2_path_storage path;
    ngtcp2_path_storage_zero(&path);
    ngtcp2_pkt_info info{};
    std::size_t segment_bytes = 0;
    const auto size = ngtcp2_conn_write_aggregate_pkt(
        connection_.get(), &path.path, &info, reinterpret_cast<std::uint8_t*>(buffer.data()),
        buffer.size(), &segment_bytes, write_quic_packet, now);
    if (size < 0) return fail_with(static_cast<int>(size));
    if (size == 0) break;
    const runtime::OutgoingDatagrams out{endpoint_of(path.path.remote.addr),
                                         buffer.first(static_cast<std::size_t>(size)),
                                         segment_bytes};
    if (!owner_->send(endpoint_of(path.path.local.addr), out, *this)) break;
  }
  after_events();
  arm();
}

// One packet, of as many streams as fit into it, in turns.
std::ptrdiff_t QuicConnection::write_packet(ngtcp2_path* path, ngtcp2_pkt_info* info,
                                            std::uint8_t* into, std::size_t size_bytes,
                                            QuicTime now) {
  while (true) {
    const auto stream = next_to_send();
    std::array<base::ByteSpan, pieces_max> pieces;
    std::array<ngtcp2_vec, pieces_max> vectors;
    std::size_t count = 0, offered = 0;
    std::uint32_t flags = NGTCP2_WRITE_STREAM_FLAG_NONE;
    if (stream != nullptr) {
      count = stream->unsent(pieces);
      for (std::size_t i = 0; i < count; ++i) {
        // ngtcp2 only reads it.
        vectors[i] = {
            const_cast<std::uint8_t*>(reinterpret_cast<const std::uint8_t*>(pieces[i].data())),
            pieces[i].size()};
        offered += pieces[i].size();
      }
      flags = NGTCP2_WRITE_STREAM_FLAG_MORE;
      if (stream->wants_end() && offered == stream->unsent_bytes())
        flags |= NGTCP2_WRITE_STREAM_FLAG_FIN;
    }
    ngtcp2_ssize taken = -1;
    const auto written = ngtcp2_conn_writev_stream(
        connection_.get(), path, info, into, size_bytes, &taken, flags,
        stream == nullptr ? -1 : stream->id(), vectors.data(), count, now);
    if (stream != nullptr && taken >= 0) {
      const auto sent = static_cast<std::size_t>(taken);
      stream->on_sent(sent, (flags & NGTCP2_WRITE_STREAM_FLAG_FIN) != 0 && sent == offered);
      unqueue(stream);  // its turn is over
      if (stream->has_unsent() || stream->wants_end()) queue(stream);
    }
    switch (written) {
      case NGTCP2_ERR_WRITE_MORE: continue;
      case NGTCP2_ERR_STREAM_SHUT_WR:       // stream_close() will say why
      case NGTCP2_ERR_STREAM_DATA_BLOCKED:  // more_stream_data() queues it again
      case NGTCP2_ERR_STREAM_NOT_FOUND: unqueue(stream); continue;
      default: return written;
    }
  }
}

// The first in the queue that may send something now.
QuicConnection::StreamPointer QuicConnection::next_to_send() const {
  const bool has_credit = ngtcp2_conn_get_max_data_left(connection_.get()) > 0;
  for (const auto& stream : to_send_) {
    // An end alone takes none.
    if (has_credit || !stream->has_unsent()) return stream;
  }
  return nullptr;
}

void QuicConnection::queue(const StreamPointer& stream) {
  if (std::exchange(stream->is_queued, true)) return;
  to_send_.push_back(stream);
}

void QuicConnection::unqueue(const StreamPointer& stream) {
  if (std::exchange(stream->is_queued, false)) std::erase(to_send_, stream);
}

void QuicConnection::arm() {
  if (has_ended()) return;
  const auto expiry = ngtcp2_conn_get_expiry(connection_.get());
  if (expiry == UINT64_MAX) return timer_.reset();
  const auto due = owner_->instant_of(expiry);
  // One that comes earlier finds nothing to do, and arms again: cheaper than a timer a packet.
  if (timer_ != nullptr && timer_due_ <= due) return;
  timer_due_ = due;
  timer_ = loop_.call_at(due, [this] { on_time(); });
}

void QuicConnection::on_time() {
  const auto self = shared_from_this();
  timer_.reset();
  const auto now = owner_->quic_now();
  if (ngtcp2_conn_get_expiry(connection_.get()) > now) return arm();
  const int result = ngtcp2_conn_handle_expiry(connection_.get(), now);
  if (result != 0) return fail_with(result);
  flush();
}

void QuicConnection::flush_soon() {
  if (has_ended() || std::exchange(will_flush_, true)) return;
  loop_.post([weak = weak_from_this()] {
    const auto self = weak.lock();
    if (self == nullptr) return;
    self->will_flush_ = false;
    self->flush();
  });
}

// While somebody uses the session, the path is kept open; an unused one may fade away.
void QuicConnection::keep_alive_while_used() {
  last_used_ = loop_.now();
  const auto time = static_cast<ngtcp2_duration>(owner_->limits().keep_alive_time.count());
  ngtcp2_conn_set_keep_alive_timeout(connection_.get(), has_streams() ? time : UINT64_MAX);
}

QuicConnection::StreamPointer QuicConnection::find(std::int64_t id) const {
  const auto found = streams_.find(id);
  return found == streams_.end() ? nullptr : found->second;
}

Task<Result<std::unique_ptr<Stream>>> QuicConnection::open_stream(base::Instant deadline) {
  const auto self = shared_from_this();
  while (true) {
    if (has_ended()) co_return fail(end_);
    std::int64_t id = 0;
    const int result = ngtcp2_conn_open_bidi_stream(connection_.get(), &id, nullptr);
    if (result == 0) {
      auto stream = std::make_shared<StreamState>(loop_, self, id);
      streams_[id] = stream;
      keep_alive_while_used();
      co_return std::make_unique<StreamHandle>(std::move(stream));
    }
    if (result != NGTCP2_ERR_STREAM_ID_BLOCKED)
      co_return fail(Code::internal, "cannot open a stream: {}", ngtcp2_strerror(result));
    const auto waiter = std::make_shared<runtime::Waiter<void>>(loop_);
    std::erase_if(awaits_stream_, [](const auto& waiting) { return waiting.expired(); });
    awaits_stream_.push_back(waiter);
    const auto woken = co_await waiter->wait(deadline);
    if (!woken && woken.error().code == Code::timeout)
      co_return fail(Code::timeout, "{} takes no more streams at once", remote_.text());
  }
}

void QuicConnection::serve_soon(StreamPointer stream) {
  stream->is_served = true;
  ++serving_;
  loop_.post([weak = weak_from_this(), stream = std::move(stream)] {
    const auto self = weak.lock();
    if (self == nullptr || self->has_ended()) return;
    self->tasks_->spawn(transport::serve(self, self->owner_->handler(), stream));
  });
}

void QuicConnection::on_served(StreamState& stream) {
  --serving_;
  if (!has_ended()) release(stream);
}

// The peer may open another one, once nothing of this one is left: neither the stream nor what
// answered it. So that one who resets streams at once cannot have us begin without end.
void QuicConnection::release(StreamState& stream) {
  keep_alive_while_used();
  if (!stream.is_closed() || stream.is_served) return;
  if (ngtcp2_conn_is_local_stream(connection_.get(), stream.id()) != 0) return;
  ngtcp2_conn_extend_max_streams_bidi(connection_.get(), 1);
  flush_soon();
}

void QuicConnection::send_soon(StreamState& stream) {
  const auto found = find(stream.id());
  if (found == nullptr) return;
  queue(found);
  flush_soon();
}

void QuicConnection::give_credit(StreamState& stream, std::size_t count) {
  if (has_ended()) return;
  if (!stream.is_closed())
    ngtcp2_conn_extend_max_stream_offset(connection_.get(), stream.id(), count);
  ngtcp2_conn_extend_max_offset(connection_.get(), count);
  flush_soon();
}

void QuicConnection::stop_writing(StreamState& stream, std::uint64_t code) {
  if (has_ended() || stream.is_closed()) return;
  if (const auto found = find(stream.id())) unqueue(found);
  ngtcp2_conn_shutdown_stream_write(connection_.get(), 0, stream.id(), code);
  flush_soon();
}

void QuicConnection::stop_reading(StreamState& stream, std::uint64_t code) {
  if (has_ended() || stream.is_closed()) return;
  ngtcp2_conn_shutdown_stream_read(connection_.get(), 0, stream.id(), code);
  flush_soon();
}

std::size_t QuicConnection::room_for(const StreamState& stream) const {
  if (has_ended()) return 0;
  const auto& limits = owner_->limits();
  const auto left = [](std::size_t most, std::size_t used) { return most - std::min(most, used); };
  const auto of_all =
      std::min(left(limits.session_unacknowledged_bytes_max, kept_bytes_),
               left(limits.unacknowledged_bytes_max, owner_->unacknowledged_bytes()));
  const auto own = left(limits.stream_unacknowledged_bytes_max, stream.kept());
  return std::min(own,
                  std::max(of_all, left(limits.stream_unacknowledged_bytes_min, stream.kept())));
}

void QuicConnection::on_kept(std::size_t count) {
  kept_bytes_ += count;
  owner_->unacknowledged_bytes() += count;
}

void QuicConnection::on_released(std::size_t count) {
  kept_bytes_ -= count;
  if (owner_ != nullptr) owner_->unacknowledged_bytes() -= count;
}

}  // namespace tesseras::transport
