// What every body of Transport must do. A fixture has three nodes, and a way to let time pass:
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
#include "foundation/crypto/blake3.hpp"
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
class TransportSuite : public ::testing::Test {
 protected:
  void begin(const Limits& limits = {}) {
    tasks_.reset();
    fixture_.reset();
    fixture_.emplace(limits);
  }
  ~TransportSuite() override {
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

  std::optional<Fixture> fixture_;
  std::unique_ptr<runtime::Tasks> tasks_;
  std::vector<PeerId> served_;
};

TYPED_TEST_SUITE_P(TransportSuite);

TYPED_TEST_P(TransportSuite, OpensAndEchoes) {
  this->begin();
  this->node(1).serve(&this->echo_);
  const auto session = this->open(0, 1);
  ASSERT_NE(session, nullptr);
  EXPECT_TRUE(session->is_open());
  EXPECT_EQ(session->peer(), this->node(1).self());
  EXPECT_EQ(session->remote(), this->node(1).local().front());
  const auto body = [&]() -> Task<void> {
    const auto answer = co_await ask(*session, "hello", this->later());
    EXPECT_EQ(answer.value(), "hello");
    EXPECT_EQ(value_of(co_await ask(*session, "", this->later())), "");
  };
  ASSERT_TRUE(this->finish(body()));
  EXPECT_EQ(this->served_, std::vector(2, this->node(0).self()));
}

TYPED_TEST_P(TransportSuite, ManyStreamsAtOnce) {
  this->begin();
  this->node(1).serve(&this->echo_);
  const auto session = this->open(0, 1);
  ASSERT_NE(session, nullptr);
  int done = 0;
  const auto body = [&](int number) -> Task<void> {
    const std::string text(static_cast<std::size_t>(number) * 97,
                           static_cast<char>('a' + number % 26));
    const auto answer = co_await ask(*session, text, this->later());
    EXPECT_TRUE(answer.value() == text) << number;
    ++done;
  };
  // More than may be under way: the rest wait their turn.
  for (int number = 0; number < 200; ++number) this->spawn(body(number));
  EXPECT_TRUE(this->run_until([&] { return done == 200; }));
}

TYPED_TEST_P(TransportSuite, SixteenMebibytesBothWays) {
  this->begin();
  this->node(1).serve(&this->echo_);
  const auto session = this->open(0, 1);
  ASSERT_NE(session, nullptr);
  constexpr std::size_t size = 16 << 20;
  std::string text(size, ' ');
  for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>(i * 2654435761U >> 13U);
  std::unique_ptr<Stream> stream;
  const auto writer = [&]() -> Task<void> {
    stream = value_of(co_await session->open_stream(this->later()));
    EXPECT_TRUE(co_await stream->write(base::as_bytes(text), this->later()));
    stream->finish();
  };
  const auto reader = [&]() -> Task<void> {
    const auto answer = co_await read_all(*stream, this->later());
    EXPECT_TRUE(answer.value() == text);
  };
  this->spawn(writer());
  ASSERT_TRUE(this->run_until([&] { return stream != nullptr; }));
  EXPECT_TRUE(this->finish(reader()));
}

TYPED_TEST_P(TransportSuite, AReaderThatDoesNotReadStopsTheWriter) {
  Limits limits;
  limits.stream_unacknowledged_bytes_max = 256 << 10;
  this->begin(limits);
  bool may_read = false;
  std::size_t read = 0;
  HandlerOf slow([&](auto, auto stream) -> Task<void> {
    while (!may_read)
      co_await runtime::sleep_until(this->loop(1), this->loop(1).now() + milliseconds(20));
    std::vector<std::byte> buffer(16 << 10);
    while (true) {
      const auto count = co_await stream->read(buffer, Instant::never());
      if (!count || *count == 0) break;
      read += *count;
    }
    stream->finish();
  });
  this->node(1).serve(&slow);
  const auto session = this->open(0, 1);
  ASSERT_NE(session, nullptr);
  const std::vector<std::byte> piece(16 << 10);
  std::size_t written = 0;
  const auto body = [&]() -> Task<void> {
    const auto stream = value_of(co_await session->open_stream(this->later()));
    while (true) {
      const auto taken = co_await stream->write(piece, this->in(milliseconds(500)));
      if (!taken) {
        EXPECT_EQ(taken.error().code, Code::timeout);
        break;
      }
      written += piece.size();
    }
    may_read = true;
    EXPECT_TRUE(co_await stream->write(piece, this->later()));
    stream->finish();
    EXPECT_EQ(value_of(co_await read_all(*stream, this->later())), "");
  };
  ASSERT_TRUE(this->finish(body()));
  EXPECT_GE(written, limits.stream_window_bytes);
  // What we keep, what the other keeps, and no more.
  EXPECT_LE(written, limits.stream_unacknowledged_bytes_max + limits.stream_window_bytes);
  EXPECT_GT(read, written);
  this->node(1).serve(nullptr);
}

TYPED_TEST_P(TransportSuite, NobodyIsThere) {
  this->begin();
  const auto began = this->loop(0).now();
  EXPECT_EQ(
      this->refused(0, {this->node(1).self(), {this->fixture_->nowhere()}}, milliseconds(300)),
      Code::timeout);
  EXPECT_LT(this->loop(0).now() - began, seconds(5));
  EXPECT_EQ(this->refused(0, {this->node(1).self(), {}}), Code::invalid);
  EXPECT_EQ(this->refused(0, this->peer(0)), Code::invalid);
}

TYPED_TEST_P(TransportSuite, TheNextEndpointIsTried) {
  this->begin();
  this->node(1).serve(&this->echo_);
  const auto body = [&]() -> Task<void> {
    const Peer peer{
        this->node(1).self(),
        {this->fixture_->nowhere(), this->node(2).local().front(), this->node(1).local().front()}};
    const auto session = co_await this->node(0).open(peer, this->later());
    EXPECT_TRUE(session) << session.error().message;
    if (!session) co_return;
    EXPECT_EQ(value_of(co_await ask(**session, "here", this->later())), "here");
  };
  EXPECT_TRUE(this->finish(body()));
}

TYPED_TEST_P(TransportSuite, AnotherKeyIsRefused) {
  this->begin();
  this->node(1).serve(&this->echo_);
  EXPECT_EQ(this->refused(0, {this->node(2).self(), {this->node(1).local().front()}}),
            Code::denied);
  this->run_for(milliseconds(200));
  EXPECT_TRUE(this->served_.empty());
  EXPECT_NE(this->open(0, 1), nullptr);  // and it does no harm to the one whose key it is
}

TYPED_TEST_P(TransportSuite, ASilentPeerIsWaitedForUntilTheDeadline) {
  this->begin();
  HandlerOf silent([&](auto, auto) -> Task<void> {
    co_await runtime::sleep_until(this->loop(1), Instant::never());
  });
  this->node(1).serve(&silent);
  const auto session = this->open(0, 1);
  ASSERT_NE(session, nullptr);
  const auto body = [&]() -> Task<void> {
    const auto stream = value_of(co_await session->open_stream(this->later()));
    EXPECT_TRUE(co_await stream->write(base::as_bytes("?"), this->later()));
    std::array<std::byte, 8> buffer;
    const auto read = co_await stream->read(buffer, this->in(milliseconds(100)));
    EXPECT_EQ(read.error().code, Code::timeout);
    // And again: a stream outlives a deadline.
    const auto again = co_await stream->read(buffer, this->in(milliseconds(100)));
    EXPECT_EQ(again.error().code, Code::timeout);
  };
  EXPECT_TRUE(this->finish(body()));
}

TYPED_TEST_P(TransportSuite, ResetsAreSeenByTheOtherSide) {
  this->begin();
  std::vector<Code> seen;
  HandlerOf handler([&](auto, auto stream) -> Task<void> {
    std::array<std::byte, 8> buffer;
    const auto first = co_await stream->read(buffer, this->later());
    if (first && *first > 0 && buffer[0] == std::byte{'r'}) {
      stream->reset(wire::ErrorCode::overloaded);
      co_return;
    }
    const auto second = co_await stream->read(buffer, this->later());
    if (!second) seen.push_back(second.error().code);
    const auto write = co_await stream->write(buffer, this->later());
    if (!write) seen.push_back(write.error().code);
  });
  this->node(1).serve(&handler);
  const auto session = this->open(0, 1);
  ASSERT_NE(session, nullptr);
  const auto body = [&]() -> Task<void> {
    const auto refused = co_await ask(*session, "r", this->later());
    EXPECT_EQ(refused.error().code, Code::unavailable);
    for (const bool is_dropped : {false, true}) {
      auto stream = value_of(co_await session->open_stream(this->later()));
      EXPECT_TRUE(co_await stream->write(base::as_bytes("x"), this->later()));
      co_await runtime::sleep_until(this->loop(0), this->in(milliseconds(200)));
      if (is_dropped) {
        stream.reset();
      } else {
        stream->reset(wire::ErrorCode::too_large);
        std::array<std::byte, 8> buffer;
        EXPECT_EQ(code_of(co_await stream->read(buffer, this->later())), Code::cancelled);
        EXPECT_EQ(code_of(co_await stream->write(buffer, this->later())), Code::cancelled);
      }
      co_await runtime::sleep_until(this->loop(0), this->in(milliseconds(200)));
    }
    EXPECT_TRUE(session->is_open());
  };
  ASSERT_TRUE(this->finish(body()));
  EXPECT_EQ(seen,
            (std::vector{Code::exhausted, Code::exhausted, Code::cancelled, Code::cancelled}));
  this->node(1).serve(nullptr);
}

TYPED_TEST_P(TransportSuite, WhatWasFinishedArrivesAfterTheStreamIsDropped) {
  this->begin();
  std::string came;
  HandlerOf handler([&](auto, auto stream) -> Task<void> {
    const auto all = co_await read_all(*stream, this->later());
    if (all) came = *all;
  });
  this->node(1).serve(&handler);
  const auto session = this->open(0, 1);
  ASSERT_NE(session, nullptr);
  const std::string text(400'000, 'z');
  const auto body = [&]() -> Task<void> {
    const auto stream = value_of(co_await session->open_stream(this->later()));
    EXPECT_TRUE(co_await stream->write(base::as_bytes(text), this->later()));
    stream->finish();
  };
  ASSERT_TRUE(this->finish(body()));
  EXPECT_TRUE(this->run_until([&] { return came == text; }));
  this->node(1).serve(nullptr);
}

TYPED_TEST_P(TransportSuite, NobodyServes) {
  this->begin();
  const auto session = this->open(0, 1);
  ASSERT_NE(session, nullptr);
  const auto body = [&]() -> Task<void> {
    const auto answer = co_await ask(*session, "anybody?", this->later());
    EXPECT_EQ(answer.error().code, Code::unsupported);
  };
  EXPECT_TRUE(this->finish(body()));
}

TYPED_TEST_P(TransportSuite, APeerThatVanishesIsNoticed) {
  Limits limits;
  limits.idle_time_max = milliseconds(1500);
  limits.keep_alive_time = milliseconds(500);
  this->begin(limits);
  HandlerOf silent([&](auto, auto) -> Task<void> {
    co_await runtime::sleep_until(this->loop(1), Instant::never());
  });
  this->node(1).serve(&silent);
  const auto session = this->open(0, 1);
  ASSERT_NE(session, nullptr);
  std::unique_ptr<Stream> stream;
  const auto body = [&]() -> Task<void> {
    stream = value_of(co_await session->open_stream(this->later()));
    EXPECT_TRUE(co_await stream->write(base::as_bytes("?"), this->later()));
    std::array<std::byte, 8> buffer;
    const auto read = co_await stream->read(buffer, Instant::never());
    EXPECT_EQ(read.error().code, Code::unavailable);
  };
  this->spawn(body());
  this->run_for(seconds(4));  // kept alive all the time by an open stream
  EXPECT_TRUE(session->is_open());
  this->fixture_->vanish(1);
  EXPECT_TRUE(this->run_until([&] { return !session->is_open(); }, seconds(20)));
  EXPECT_TRUE(this->run_until([&] { return this->tasks_->size() == 0; }));
}

TYPED_TEST_P(TransportSuite, AnUnusedSessionFadesAway) {
  Limits limits;
  limits.idle_time_max = milliseconds(600);
  limits.keep_alive_time = milliseconds(200);
  this->begin(limits);
  this->node(1).serve(&this->echo_);
  const auto session = this->open(0, 1);
  ASSERT_NE(session, nullptr);
  const auto body = [&]() -> Task<void> {
    EXPECT_EQ(value_of(co_await ask(*session, "a", this->later())), "a");
  };
  ASSERT_TRUE(this->finish(body()));
  EXPECT_TRUE(this->run_until([&] { return !session->is_open(); }, seconds(10)));
  const auto fresh = this->open(0, 1);
  ASSERT_NE(fresh, nullptr);
  EXPECT_NE(fresh, session);
}

TYPED_TEST_P(TransportSuite, SessionsAreUsedAgain) {
  this->begin();
  this->node(0).serve(&this->echo_);
  this->node(1).serve(&this->echo_);
  std::vector<std::shared_ptr<Session>> opened;
  const auto body = [&]() -> Task<void> {
    opened.push_back(value_of(co_await this->node(0).open(this->peer(1), this->later())));
  };
  this->spawn(body());
  this->spawn(body());
  ASSERT_TRUE(this->run_until([&] { return opened.size() == 2; }));
  EXPECT_EQ(opened[0], opened[1]);
  EXPECT_EQ(this->open(0, 1), opened[0]);
  // The other side has it too, and needs no address.
  const auto back = [&]() -> Task<void> {
    EXPECT_EQ(value_of(co_await ask(*opened[0], "there", this->later())), "there");
    const auto session = co_await this->node(1).open({this->node(0).self(), {}}, this->later());
    EXPECT_TRUE(session) << session.error().message;
    if (session) {
      EXPECT_EQ(value_of(co_await ask(**session, "back", this->later())), "back");
    }
  };
  EXPECT_TRUE(this->finish(back()));
  EXPECT_EQ(this->served_, (std::vector{this->node(0).self(), this->node(1).self()}));
}

TYPED_TEST_P(TransportSuite, ClosingDropsWhatServes) {
  this->begin();
  struct Mark {
    explicit Mark(int& count) : alive(count) { ++alive; }
    ~Mark() { --alive; }
    Mark(const Mark&) = delete;
    Mark& operator=(const Mark&) = delete;
    int& alive;
  };
  int alive = 0;
  HandlerOf silent([&](auto, auto stream) -> Task<void> {
    const Mark mark(alive);
    std::array<std::byte, 8> buffer;
    while (co_await stream->read(buffer, Instant::never())) {
    }
    co_await runtime::sleep_until(this->loop(1), Instant::never());
  });
  this->node(1).serve(&silent);
  for (const bool is_ours : {true, false}) {
    const auto session = this->open(0, 1);
    ASSERT_NE(session, nullptr);
    std::unique_ptr<Stream> stream;
    const auto body = [&]() -> Task<void> {
      stream = value_of(co_await session->open_stream(this->later()));
      EXPECT_TRUE(co_await stream->write(base::as_bytes("?"), this->later()));
    };
    ASSERT_TRUE(this->finish(body()));
    ASSERT_TRUE(this->run_until([&] { return alive == 1; }));
    if (is_ours) {
      session->close();
      EXPECT_FALSE(session->is_open());
      session->close();  // again does no harm
    } else {
      this->fixture_->destroy(1);
      EXPECT_EQ(alive, 0);
    }
    EXPECT_TRUE(this->run_until([&] { return alive == 0 && !session->is_open(); }));
    const auto after = [&]() -> Task<void> {
      std::array<std::byte, 8> buffer;
      EXPECT_EQ(code_of(co_await stream->read(buffer, this->later())),
                is_ours ? Code::cancelled : Code::unavailable);
      EXPECT_FALSE(co_await stream->write(buffer, this->later()));
      EXPECT_FALSE(co_await session->open_stream(this->later()));
    };
    EXPECT_TRUE(this->finish(after()));
  }
}

TYPED_TEST_P(TransportSuite, DroppedWhileOpening) {
  this->begin();
  std::optional<Code> code;
  const Peer nobody{this->node(1).self(), {this->fixture_->nowhere()}};
  const auto body = [&]() -> Task<void> {
    const auto opened = co_await this->node(0).open(nobody, Instant::never());
    code = opened.error().code;
  };
  this->spawn(body());
  this->run_for(milliseconds(50));
  this->fixture_->destroy(0);
  EXPECT_TRUE(this->run_until([&] { return code.has_value(); }));
  EXPECT_EQ(code, Code::cancelled);
}

TYPED_TEST_P(TransportSuite, StreamsAreLimited) {
  Limits limits;
  limits.streams_per_session_max = 3;
  this->begin(limits);
  this->node(1).serve(&this->echo_);
  const auto session = this->open(0, 1);
  ASSERT_NE(session, nullptr);
  const auto body = [&]() -> Task<void> {
    std::vector<std::unique_ptr<Stream>> streams;
    for (int i = 0; i < 3; ++i) {
      streams.push_back(value_of(co_await session->open_stream(this->later())));
      EXPECT_TRUE(co_await streams.back()->write(base::as_bytes("a"), this->later()));
    }
    const auto more = co_await session->open_stream(this->in(milliseconds(200)));
    EXPECT_EQ(more.error().code, Code::timeout);
    streams.pop_back();
    EXPECT_TRUE(co_await session->open_stream(this->later()));
  };
  EXPECT_TRUE(this->finish(body()));
}

TYPED_TEST_P(TransportSuite, SessionsAreLimited) {
  Limits limits;
  limits.sessions_max = 1;
  this->begin(limits);
  this->node(1).serve(&this->echo_);
  const auto first = this->open(0, 1);
  ASSERT_NE(first, nullptr);
  std::unique_ptr<Stream> stream;
  const auto body = [&]() -> Task<void> {
    stream = value_of(co_await first->open_stream(this->later()));
    EXPECT_TRUE(co_await stream->write(base::as_bytes("a"), this->later()));
    std::array<std::byte, 8> buffer;
    EXPECT_EQ(value_of(co_await stream->read(buffer, this->later())), 1U);
  };
  ASSERT_TRUE(this->finish(body()));
  EXPECT_EQ(this->refused(2, this->peer(1)), Code::unavailable);
  EXPECT_TRUE(first->is_open());
  // One that nobody uses makes room.
  stream.reset();
  this->run_for(milliseconds(200));
  EXPECT_NE(this->open(2, 1), nullptr);
  EXPECT_TRUE(this->run_until([&] { return !first->is_open(); }));
}

TYPED_TEST_P(TransportSuite, ResettingManyStreamsLeavesTheSessionWhole) {
  this->begin();
  this->node(1).serve(&this->echo_);
  const auto session = this->open(0, 1);
  ASSERT_NE(session, nullptr);
  const std::string text(100'000, 'y');
  const auto body = [&]() -> Task<void> {
    // Far more than the windows, all of it dropped unread: none of them may leak.
    for (int i = 0; i < 200; ++i) {
      const auto stream = value_of(co_await session->open_stream(this->later()));
      EXPECT_TRUE(co_await stream->write(base::as_bytes(text), this->later()));
    }
    EXPECT_TRUE(value_of(co_await ask(*session, text, this->later())) == text);
  };
  EXPECT_TRUE(this->finish(body()));
}

REGISTER_TYPED_TEST_SUITE_P(TransportSuite, OpensAndEchoes, ManyStreamsAtOnce,
                            SixteenMebibytesBothWays, AReaderThatDoesNotReadStopsTheWriter,
                            NobodyIsThere, TheNextEndpointIsTried, AnotherKeyIsRefused,
                            ASilentPeerIsWaitedForUntilTheDeadline, ResetsAreSeenByTheOtherSide,
                            WhatWasFinishedArrivesAfterTheStreamIsDropped, NobodyServes,
                            APeerThatVanishesIsNoticed, AnUnusedSessionFadesAway,
                            SessionsAreUsedAgain, ClosingDropsWhatServes, DroppedWhileOpening,
                            StreamsAreLimited, SessionsAreLimited,
                            ResettingManyStreamsLeavesTheSessionWhole);

}  // namespace tesseras::transport
