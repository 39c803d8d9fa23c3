// For tests: streams and sessions without a network, on which bytes come and go when a test says
// so.
#pragma once

#include <gtest/gtest.h>

#include <deque>
#include <memory>
#include <optional>
#include <utility>

#include "foundation/base/assert.hpp"
#include "foundation/runtime/waiter.hpp"
#include "foundation/transport/transport.hpp"

namespace tesseras::replica {

// What happens on a line; the test keeps it, the stream goes.
struct Line {
  struct Coming {
    base::Instant at;
    base::Bytes bytes;  // none: the end
  };
  std::deque<Coming> coming;             // in the order of time
  std::uint64_t written_per_second = 0;  // 0: whatever is written is gone at once

  base::Bytes written;
  bool is_finished = false;
  std::optional<wire::ErrorCode> reset;
};

class LineStream final : public transport::Stream {
 public:
  LineStream(runtime::Loop& loop, std::shared_ptr<Line> line)
      : loop_(loop), line_(std::move(line)) {}

  runtime::Task<base::Result<std::size_t>> read(base::MutableByteSpan into,
                                                base::Instant deadline) override {
    const auto at = line_->coming.empty() ? base::Instant::never() : line_->coming.front().at;
    if (at > loop_.now()) co_await runtime::sleep_until(loop_, std::min(at, deadline));
    if (at > loop_.now()) co_return base::fail(base::Code::timeout, "nothing came");
    auto& bytes = line_->coming.front().bytes;
    const auto count = std::min(bytes.size(), into.size());
    std::copy_n(bytes.begin(), count, into.begin());
    bytes.erase(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(count));
    if (bytes.empty() && count > 0) line_->coming.pop_front();
    co_return count;
  }
  runtime::Task<base::Result<void>> write(base::ByteSpan bytes, base::Instant deadline) override {
    if (line_->written_per_second > 0) {
      const auto time = std::chrono::nanoseconds(std::chrono::seconds(1)) *
                        static_cast<std::int64_t>(bytes.size()) /
                        static_cast<std::int64_t>(line_->written_per_second);
      const auto at = loop_.now() + time;
      co_await runtime::sleep_until(loop_, std::min(at, deadline));
      if (at > loop_.now()) co_return base::fail(base::Code::timeout, "not all was taken");
    }
    line_->written.insert(line_->written.end(), bytes.begin(), bytes.end());
    co_return {};
  }
  void finish() override { line_->is_finished = true; }
  void reset(wire::ErrorCode why) override { line_->reset = why; }

 private:
  runtime::Loop& loop_;
  std::shared_ptr<Line> line_;
};

// A peer that nobody has connected to; its streams are those that a test has laid out.
class LineSession final : public transport::Session {
 public:
  LineSession(runtime::Loop& loop, transport::PeerId peer, runtime::Endpoint remote)
      : loop_(loop), peer_(peer), remote_(remote) {}

  std::deque<std::shared_ptr<Line>> lines;  // for streams that are opened

  const transport::PeerId& peer() const override { return peer_; }
  runtime::Endpoint remote() const override { return remote_; }
  bool is_open() const override { return true; }
  bool is_dialled() const override { return true; }
  runtime::Task<base::Result<std::unique_ptr<transport::Stream>>> open_stream(
      base::Instant /*deadline*/) override {
    ASSERT(!lines.empty());
    auto line = std::move(lines.front());
    lines.pop_front();
    co_return std::make_unique<LineStream>(loop_, std::move(line));
  }
  void close() override {}

 private:
  runtime::Loop& loop_;
  transport::PeerId peer_;
  runtime::Endpoint remote_;
};

}  // namespace tesseras::replica
