// What the suites of Transport (transport_suite.hpp, stream_suite.hpp) are made of. A fixture has
// three nodes, and a way to let time pass:
//
//   struct Fixture {
//     explicit Fixture(const Limits& limits);
//     runtime::Loop& loop(std::size_t node);
//     Transport& node(std::size_t node);
//     runtime::Endpoint nowhere();          // where nobody answers
//     void run_for(nanoseconds);
//     void vanish(std::size_t node);        // nothing comes from it or reaches it any more
//     void destroy(std::size_t node);       // its transport is dropped
//   };
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "foundation/base/text.hpp"
#include "foundation/runtime/tasks.hpp"
#include "foundation/runtime/waiter.hpp"
#include "foundation/transport/limits.hpp"
#include "foundation/transport/transport.hpp"

namespace tesseras::transport {

using base::Code;
using base::Instant;
using base::Result;
using runtime::Task;
using std::chrono::milliseconds;
using std::chrono::seconds;

// A handler made of a function.
class HandlerOf final : public Handler {
 public:
  using Function = std::function<Task<void>(std::shared_ptr<Session>, std::unique_ptr<Stream>)>;
  explicit HandlerOf(Function function) : function_(std::move(function)) {}
  Task<void> on_stream(std::shared_ptr<Session> session, std::unique_ptr<Stream> stream) override {
    return function_(std::move(session), std::move(stream));
  }

 private:
  Function function_;
};

// Everything up to the end, or the error.
inline Task<Result<std::string>> read_all(Stream& stream, Instant deadline) {
  std::string text;
  std::vector<std::byte> buffer(64 << 10);
  while (true) {
    const auto count = CO_TRY(co_await stream.read(buffer, deadline));
    if (count == 0) co_return text;
    text += base::as_text(base::ByteSpan(buffer).first(count));
  }
}

inline Task<Result<std::string>> ask(Session& session, std::string_view text, Instant deadline) {
  const auto stream = CO_TRY(co_await session.open_stream(deadline));
  CO_TRY(co_await stream->write(base::as_bytes(text), deadline));
  stream->finish();
  co_return CO_TRY(co_await read_all(*stream, deadline));
}

template <class T>
T value_of(Result<T> result) {
  EXPECT_TRUE(result) << result.error().message;
  return std::move(result).value();
}

// The code of a failure; nullopt when it is none.
template <class T>
std::optional<Code> code_of(const Result<T>& result) {
  return result ? std::nullopt : std::optional(result.error().code);
}

template <class Fixture>
class TransportTest : public ::testing::Test {
 protected:
  void begin(const Limits& limits = {}) {
    tasks_.reset();
    fixture_.reset();
    fixture_ = std::make_unique<Fixture>(limits);
  }
  ~TransportTest() override {
    tasks_.reset();
    fixture_.reset();
  }

  runtime::Loop& loop(std::size_t node) { return fixture_->loop(node); }
  Transport& node(std::size_t number) { return fixture_->node(number); }
  Peer peer(std::size_t number) { return {node(number).self(), {node(number).local().front()}}; }
  Instant in(base::nanoseconds span) { return loop(0).now() + span; }
  // Long enough for anything that works.
  Instant later() { return in(seconds(30)); }

  // Runs it to its end, beside whatever else goes on; false when that takes too long.
  bool finish(Task<void> task) {
    spawn(std::move(task));
    return run_until([&] { return tasks_->size() == 0; });
  }
  void spawn(Task<void> task) {
    if (tasks_ == nullptr) tasks_ = std::make_unique<runtime::Tasks>(loop(0));
    tasks_->spawn(std::move(task));
  }
  bool run_until(const std::function<bool()>& holds, base::nanoseconds most = seconds(30)) {
    for (base::nanoseconds passed{0}; passed < most && !holds(); passed += milliseconds(5))
      fixture_->run_for(milliseconds(5));
    return holds();
  }
  void run_for(base::nanoseconds span) { fixture_->run_for(span); }

  std::shared_ptr<Session> open(std::size_t from, std::size_t to) {
    std::shared_ptr<Session> session;
    const auto body = [&]() -> Task<void> {
      auto opened = co_await node(from).open(peer(to), later());
      EXPECT_TRUE(opened) << opened.error().message;
      if (opened) session = *opened;
    };
    EXPECT_TRUE(finish(body()));
    return session;
  }
  // The code that open() fails with.
  std::optional<Code> refused(std::size_t from, Peer to, base::nanoseconds within = seconds(30)) {
    std::optional<Code> code;
    const auto body = [&]() -> Task<void> {
      const auto opened = co_await node(from).open(to, loop(from).now() + within);
      if (!opened) code = opened.error().code;
    };
    EXPECT_TRUE(finish(body()));
    return code;
  }

  Task<void> echo(std::unique_ptr<Stream> stream) {
    std::vector<std::byte> buffer(16 << 10);
    while (true) {
      const auto count = co_await stream->read(buffer, Instant::never());
      if (!count) co_return;
      if (*count == 0) break;
      if (!co_await stream->write(base::ByteSpan(buffer).first(*count), Instant::never()))
        co_return;
    }
    stream->finish();
  }
  HandlerOf echo_{[this](auto session, auto stream) {
    served_.push_back(session->peer());
    return this->echo(std::move(stream));
  }};

  std::unique_ptr<Fixture> fixture_;
  std::unique_ptr<runtime::Tasks> tasks_;
  std::vector<PeerId> served_;
};

}  // namespace tesseras::transport
