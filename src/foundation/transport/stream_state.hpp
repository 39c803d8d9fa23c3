// A stream of a QUIC session: what waits on either side of it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "foundation/runtime/waiter.hpp"
#include "foundation/transport/byte_queue.hpp"
#include "foundation/transport/transport.hpp"

namespace tesseras::transport {

class StreamState;

// What a stream asks of its session. All of it may be asked at any time but from within ngtcp2.
class StreamCarrier {
 public:
  virtual ~StreamCarrier() = default;
  // There is more to send than before: bytes, or the end.
  virtual void send_soon(StreamState& stream) = 0;
  // So many bytes were read, or will never be: the peer may send as many more.
  virtual void give_credit(StreamState& stream, std::size_t count) = 0;
  // Nothing more is sent; nothing more is wanted.
  virtual void stop_writing(StreamState& stream, std::uint64_t code) = 0;
  virtual void stop_reading(StreamState& stream, std::uint64_t code) = 0;
  // How many bytes more it may keep for the peer.
  virtual std::size_t room_for(const StreamState& stream) const = 0;
  virtual void on_kept(std::size_t count) = 0;
  virtual void on_released(std::size_t count) = 0;
};

// The number that a stream is reset with: a wire::ErrorCode, or 0 when it is not wanted any more.
base::Error error_of_reset(std::uint64_t code);
inline constexpr std::uint64_t code_not_wanted = 0;

// Shared by the session, which feeds it, and the handle of whoever uses it.
class StreamState {
 public:
  StreamState(runtime::Loop& loop, std::shared_ptr<StreamCarrier> carrier, std::int64_t id)
      : loop_(loop), carrier_(std::move(carrier)), id_(id) {}
  StreamState(const StreamState&) = delete;
  StreamState& operator=(const StreamState&) = delete;

  std::int64_t id() const { return id_; }

  // What the session says. None of these calls back.
  void on_data(base::ByteSpan bytes, bool is_end);
  void on_reset(std::uint64_t code);    // by the peer: nothing more comes
  void on_stopped(std::uint64_t code);  // by the peer: it reads no more
  void on_acknowledged(std::size_t count);
  // QUIC knows it no longer, with the code of whoever reset it first, if anybody did.
  void on_closed(std::optional<std::uint64_t> code);
  void on_session_end(const base::Error& why);

  // What is there to send: pieces from the first byte that was not sent yet.
  std::size_t unsent(std::span<base::ByteSpan> into) const;
  std::size_t unsent_bytes() const { return kept_.size() - sent_; }
  bool has_unsent() const { return unsent_bytes() > 0; }
  bool wants_end() const { return is_finished_ && !end_sent_; }
  void on_sent(std::size_t count, bool with_end);
  std::size_t kept() const { return kept_.size(); }

  // What the user does, through the handle.
  runtime::Task<base::Result<std::size_t>> read(base::MutableByteSpan into, base::Instant deadline,
                                                std::shared_ptr<StreamState> self);
  runtime::Task<base::Result<void>> write(base::ByteSpan bytes, base::Instant deadline,
                                          std::shared_ptr<StreamState> self);
  void finish();
  void reset(std::uint64_t code);
  void on_dropped();

  // Of the session's bookkeeping.
  bool is_queued = false;  // among those that have something to send
  bool is_served = false;  // the coroutine that answers it has not ended
  bool is_closed() const { return is_closed_; }

 private:
  using Signal = std::optional<runtime::Waiter<void>>;

  static void wake(Signal& signal) {
    if (signal) signal->set({});
  }
  // Why nothing more can be read or written, if so.
  std::optional<base::Error> read_error() const;
  std::optional<base::Error> write_error() const;
  void forget_received();
  void forget_kept();

  runtime::Loop& loop_;
  std::shared_ptr<StreamCarrier> carrier_;  // null once the session has ended
  std::int64_t id_;
  bool is_closed_ = false;

  ByteQueue received_;
  bool end_received_ = false;
  std::optional<std::uint64_t> reset_code_;
  bool reads_no_more_ = false;

  ByteQueue kept_;  // written and not acknowledged
  std::size_t sent_ = 0;
  bool is_finished_ = false;
  bool end_sent_ = false;
  std::optional<std::uint64_t> stop_code_;
  bool writes_no_more_ = false;

  std::optional<base::Error> session_end_;
  Signal readable_, writable_;
};

// What a user holds.
class StreamHandle final : public Stream {
 public:
  explicit StreamHandle(std::shared_ptr<StreamState> stream) : stream_(std::move(stream)) {}
  ~StreamHandle() override { stream_->on_dropped(); }
  StreamHandle(const StreamHandle&) = delete;
  StreamHandle& operator=(const StreamHandle&) = delete;

  runtime::Task<base::Result<std::size_t>> read(base::MutableByteSpan into,
                                                base::Instant deadline) override {
    return stream_->read(into, deadline, stream_);
  }
  runtime::Task<base::Result<void>> write(base::ByteSpan bytes, base::Instant deadline) override {
    return stream_->write(bytes, deadline, stream_);
  }
  void finish() override { stream_->finish(); }
  void reset(wire::ErrorCode why) override { stream_->reset(static_cast<std::uint64_t>(why)); }

 private:
  std::shared_ptr<StreamState> stream_;
};

}  // namespace tesseras::transport
