// What every body of Transport must do about streams; see transport_fixture.hpp.
#pragma once

#include "foundation/transport/transport_fixture.hpp"

namespace tesseras::transport {

template <class Fixture>
class StreamSuite : public TransportTest<Fixture> {};

TYPED_TEST_SUITE_P(StreamSuite);

TYPED_TEST_P(StreamSuite, ManyStreamsAtOnce) {
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

TYPED_TEST_P(StreamSuite, SixteenMebibytesBothWays) {
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

TYPED_TEST_P(StreamSuite, AReaderThatDoesNotReadStopsTheWriter) {
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
      const auto taken = co_await stream->write(piece, this->in(seconds(1)));
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

TYPED_TEST_P(StreamSuite, ASilentPeerIsWaitedForUntilTheDeadline) {
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

TYPED_TEST_P(StreamSuite, ResetsAreSeenByTheOtherSide) {
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

TYPED_TEST_P(StreamSuite, AWriterLearnsWhyNobodyReads) {
  this->begin();
  HandlerOf handler([&](auto, auto stream) -> Task<void> {
    EXPECT_TRUE(co_await stream->write(base::as_bytes("enough"), this->later()));
    stream->finish();
    co_await runtime::sleep_until(this->loop(1), this->loop(1).now() + milliseconds(200));
    stream->reset(wire::ErrorCode::too_large);
  });
  this->node(1).serve(&handler);
  const auto session = this->open(0, 1);
  ASSERT_NE(session, nullptr);
  const std::vector<std::byte> much(16 << 20);
  const auto body = [&]() -> Task<void> {
    const auto stream = value_of(co_await session->open_stream(this->later()));
    EXPECT_EQ(code_of(co_await stream->write(much, this->later())), Code::exhausted);
    EXPECT_EQ(value_of(co_await read_all(*stream, this->later())), "enough");
  };
  EXPECT_TRUE(this->finish(body()));
  this->node(1).serve(nullptr);
}

TYPED_TEST_P(StreamSuite, WhatWasFinishedArrivesAfterTheStreamIsDropped) {
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

TYPED_TEST_P(StreamSuite, NobodyServes) {
  this->begin();
  const auto session = this->open(0, 1);
  ASSERT_NE(session, nullptr);
  const auto body = [&]() -> Task<void> {
    const auto answer = co_await ask(*session, "anybody?", this->later());
    EXPECT_EQ(answer.error().code, Code::unsupported);
  };
  EXPECT_TRUE(this->finish(body()));
}

TYPED_TEST_P(StreamSuite, StreamsAreLimited) {
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

TYPED_TEST_P(StreamSuite, AStreamCountsUntilWhatAnswersItHasEnded) {
  Limits limits;
  limits.streams_per_session_max = 3;
  this->begin(limits);
  int serving = 0;
  bool may_end = false;
  HandlerOf slow([&](auto, auto) -> Task<void> {
    ++serving;
    while (!may_end)
      co_await runtime::sleep_until(this->loop(1), this->loop(1).now() + milliseconds(10));
  });
  this->node(1).serve(&slow);
  const auto session = this->open(0, 1);
  ASSERT_NE(session, nullptr);
  const auto body = [&]() -> Task<void> {
    // Whoever resets streams at once does not get more served than whoever waits.
    while (true) {
      const auto stream = co_await session->open_stream(this->in(milliseconds(300)));
      if (!stream) break;
      EXPECT_TRUE(co_await (*stream)->write(base::as_bytes("x"), this->later()));
      co_await runtime::sleep_until(this->loop(0), this->in(milliseconds(30)));
      (*stream)->reset(wire::ErrorCode::invalid);
    }
    EXPECT_EQ(serving, 3);
    may_end = true;
    EXPECT_TRUE(co_await session->open_stream(this->later()));
  };
  EXPECT_TRUE(this->finish(body()));
  this->node(1).serve(nullptr);
}

TYPED_TEST_P(StreamSuite, ResettingManyStreamsLeavesTheSessionWhole) {
  Limits limits;
  limits.stream_window_bytes = limits.stream_window_bytes_max = 64 << 10;
  limits.session_window_bytes = limits.session_window_bytes_max = 128 << 10;
  this->begin(limits);
  this->node(1).serve(&this->echo_);
  const auto session = this->open(0, 1);
  ASSERT_NE(session, nullptr);
  const std::string text(50'000, 'y');
  const auto body = [&]() -> Task<void> {
    // Far more than the windows, and all of it dropped unread: nothing of them may leak, neither
    // of what has come nor of what comes afterwards.
    for (int i = 0; i < 60; ++i) {
      const auto stream = value_of(co_await session->open_stream(this->later()));
      EXPECT_TRUE(co_await stream->write(base::as_bytes(text), this->later()));
      if (i % 2 == 0) co_await runtime::sleep_until(this->loop(0), this->in(milliseconds(20)));
    }
    EXPECT_TRUE(value_of(co_await ask(*session, text, this->later())) == text);
  };
  EXPECT_TRUE(this->finish(body()));
}

REGISTER_TYPED_TEST_SUITE_P(StreamSuite, AStreamCountsUntilWhatAnswersItHasEnded,
                            AWriterLearnsWhyNobodyReads, ManyStreamsAtOnce,
                            SixteenMebibytesBothWays, AReaderThatDoesNotReadStopsTheWriter,
                            ASilentPeerIsWaitedForUntilTheDeadline, ResetsAreSeenByTheOtherSide,
                            WhatWasFinishedArrivesAfterTheStreamIsDropped, NobodyServes,
                            StreamsAreLimited, ResettingManyStreamsLeavesTheSessionWhole);

}  // namespace tesseras::transport
