#include "foundation/transport/stream_state.hpp"

#include <algorithm>
#include <limits>

#include "foundation/base/assert.hpp"

namespace tesseras::transport {

using base::Code;
using base::Error;
using base::fail;
using base::Result;
using runtime::Task;

namespace {

const Error closed_by_us{Code::cancelled, "the stream was closed on our side"};

// A writer goes on when it is worth its while.
constexpr std::size_t room_to_wake_for = 64 * 1024;

// Somebody waits for a signal, until this is gone; which it also is when the coroutine is dropped.
class Waiting {
 public:
  Waiting(std::optional<runtime::Waiter<void>>& signal, runtime::Loop& loop) : signal_(signal) {
    ASSERT(!signal_);  // one read and one write at a time
    signal_.emplace(loop);
  }
  ~Waiting() { signal_.reset(); }
  Waiting(const Waiting&) = delete;
  Waiting& operator=(const Waiting&) = delete;

 private:
  std::optional<runtime::Waiter<void>>& signal_;
};

}  // namespace

Error error_of_reset(std::uint64_t code) {
  if (code == code_not_wanted)
    return {Code::cancelled, "the peer does not want the stream any more"};
  const auto known = code <= std::numeric_limits<std::uint16_t>::max()
                         ? wire::code_of(static_cast<wire::ErrorCode>(code))
                         : Code::unsupported;
  return {known, fmt::format("the peer refused the stream (reason {})", code)};
}

void StreamState::on_data(base::ByteSpan bytes, bool is_end) {
  if (reads_no_more_) return;
  received_.append(bytes);
  end_received_ = end_received_ || is_end;
  wake(readable_);
}

void StreamState::on_reset(std::uint64_t code) {
  if (!reset_code_ && !end_received_) reset_code_ = code;
  wake(readable_);
  // Whoever drops its way drops the other, unless that has come to its end.
  on_stopped(code);
}

void StreamState::on_stopped(std::uint64_t code) {
  if (!stop_code_ && !end_sent_) stop_code_ = code;
  wake(writable_);
}

void StreamState::on_acknowledged(std::size_t count) {
  count = std::min(count, sent_);  // nothing is left of one that was reset
  kept_.drop(count);
  sent_ -= count;
  if (carrier_ == nullptr) return;
  carrier_->on_released(count);
  if (kept_.empty() || carrier_->room_for(*this) >= room_to_wake_for) wake(writable_);
}

void StreamState::on_closed(std::optional<std::uint64_t> code) {
  is_closed_ = true;
  if (code) on_reset(*code);
  forget_kept();
  wake(writable_);
}

void StreamState::on_session_end(const Error& why) {
  forget_kept();
  carrier_ = nullptr;
  session_end_ = why;
  is_closed_ = true;
  wake(readable_);
  wake(writable_);
}

std::size_t StreamState::unsent(std::span<base::ByteSpan> into) const {
  return kept_.pieces(sent_, into);
}

void StreamState::on_sent(std::size_t count, bool with_end) {
  sent_ += count;
  ASSERT(sent_ <= kept_.size());
  end_sent_ = end_sent_ || with_end;
}

std::optional<Error> StreamState::read_error() const {
  if (reads_no_more_) return closed_by_us;
  if (reset_code_) return error_of_reset(*reset_code_);
  // What came whole stays readable when the session has ended since.
  if (session_end_ && !end_received_) return session_end_;
  return std::nullopt;
}

std::optional<Error> StreamState::write_error() const {
  if (writes_no_more_ || is_finished_) return closed_by_us;
  if (stop_code_) return error_of_reset(*stop_code_);
  return session_end_;
}

Task<Result<std::size_t>> StreamState::read(base::MutableByteSpan into, base::Instant deadline,
                                            std::shared_ptr<StreamState> self) {
  ASSERT(self.get() == this && !into.empty());
  while (true) {
    if (auto error = read_error()) co_return fail(*std::move(error));
    if (!received_.empty()) break;
    if (end_received_) co_return std::size_t{0};
    const Waiting waiting(readable_, loop_);
    const auto woken = co_await readable_->wait(deadline);
    if (!woken && woken.error().code == Code::timeout)
      co_return fail(Code::timeout, "the peer has sent nothing in time");
  }
  const auto count = received_.take(into);
  if (carrier_ != nullptr) carrier_->give_credit(*this, count);
  co_return count;
}

Task<Result<void>> StreamState::write(base::ByteSpan bytes, base::Instant deadline,
                                      std::shared_ptr<StreamState> self) {
  ASSERT(self.get() == this);
  while (true) {
    if (auto error = write_error()) co_return fail(*std::move(error));
    if (bytes.empty()) co_return {};
    if (const auto room = std::min(carrier_->room_for(*this), bytes.size()); room > 0) {
      kept_.append(bytes.first(room));
      carrier_->on_kept(room);
      carrier_->send_soon(*this);
      bytes = bytes.subspan(room);
      continue;
    }
    const Waiting waiting(writable_, loop_);
    const auto woken = co_await writable_->wait(deadline);
    if (!woken && woken.error().code == Code::timeout)
      co_return fail(Code::timeout, "the peer has not taken what was sent in time");
  }
}

void StreamState::finish() {
  if (is_finished_ || writes_no_more_) return;
  is_finished_ = true;
  wake(writable_);
  if (carrier_ != nullptr) carrier_->send_soon(*this);
}

void StreamState::reset(std::uint64_t code) {
  const bool read_on = !reads_no_more_ && !end_received_ && !reset_code_;
  const bool wrote_on = !writes_no_more_ && !end_sent_;
  reads_no_more_ = true;
  writes_no_more_ = true;
  forget_received();
  if (carrier_ != nullptr && read_on) carrier_->stop_reading(*this, code);
  if (carrier_ != nullptr && wrote_on) carrier_->stop_writing(*this, code);
  wake(readable_);
  wake(writable_);
}

void StreamState::on_dropped() {
  const bool read_on = !reads_no_more_ && !end_received_ && !reset_code_;
  reads_no_more_ = true;
  forget_received();
  if (carrier_ != nullptr && read_on) carrier_->stop_reading(*this, code_not_wanted);
  // What was finished goes out without us.
  if (carrier_ != nullptr && !is_finished_ && !writes_no_more_)
    carrier_->stop_writing(*this, code_not_wanted);
  writes_no_more_ = true;
  wake(readable_);
  wake(writable_);
}

void StreamState::forget_received() {
  const auto count = received_.size();
  received_.clear();
  if (carrier_ != nullptr && count > 0) carrier_->give_credit(*this, count);
}

void StreamState::forget_kept() {
  const auto count = kept_.size();
  kept_.clear();
  sent_ = 0;
  if (carrier_ != nullptr) carrier_->on_released(count);
}

}  // namespace tesseras::transport
