#include "foundation/transport/exchange.hpp"

#include <gtest/gtest.h>

#include "foundation/transport/quic_fixture.hpp"
#include "foundation/transport/transport_fixture.hpp"

namespace tesseras::transport {
namespace {

class ExchangeTest : public TransportTest<QuicFixture> {
 protected:
  // Node 1 answers with `function`; what node 0 gets for a ping.
  Result<base::Bytes> pinged(HandlerOf::Function function, base::nanoseconds within = seconds(30)) {
    begin();
    HandlerOf handler(std::move(function));
    node(1).serve(&handler);
    const auto session = open(0, 1);
    Result<base::Bytes> got;
    const auto body = [&]() -> Task<void> {
      got = co_await exchange(*session, "ping", base::as_bytes("body"), in(within));
    };
    EXPECT_TRUE(finish(body()));
    run_for(milliseconds(20));
    fixture_.reset();
    return got;
  }
  // The same for some bytes in place of an answer.
  std::optional<Code> answered_with(base::Bytes bytes, bool finishes = true) {
    return code_of(pinged(
        [&, bytes](auto, auto stream) -> Task<void> {
          (void)co_await read_all(*stream, later());
          (void)co_await stream->write(bytes, later());
          if (finishes) stream->finish();
          co_await runtime::sleep_until(loop(1), Instant::never());
        },
        finishes ? base::nanoseconds(seconds(30)) : milliseconds(500)));
  }
  // What node 1 makes of some bytes in place of a request, and what node 0 hears of it.
  std::pair<std::optional<Code>, std::optional<Code>> asked_with(base::Bytes bytes) {
    begin();
    std::optional<Code> made, heard;
    HandlerOf handler([&](auto, auto stream) -> Task<void> {
      made = code_of(co_await read_request(*stream, later()));
    });
    node(1).serve(&handler);
    const auto session = open(0, 1);
    const auto body = [&]() -> Task<void> {
      const auto stream = value_of(co_await session->open_stream(later()));
      (void)co_await stream->write(bytes, later());
      stream->finish();
      heard = code_of(co_await read_answer(*stream, later()));
    };
    EXPECT_TRUE(finish(body()));
    fixture_.reset();
    return {made, heard};
  }
};

base::Bytes response(std::uint64_t id, std::string_view body) {
  return wire::encode(wire::Response{{id}, base::as_bytes(body)}).value();
}

base::Bytes joined(base::Bytes a, std::string_view b) {
  const auto more = base::as_bytes(b);
  a.insert(a.end(), more.begin(), more.end());
  return a;
}

TEST_F(ExchangeTest, ARequestIsAnswered) {
  const auto got = pinged([&](auto, auto stream) -> Task<void> {
    const auto asked = value_of(co_await read_request(*stream, later()));
    EXPECT_EQ(asked.request.method, "ping");
    EXPECT_EQ(base::as_text(asked.request.body), "body");
    EXPECT_TRUE(co_await write_answer(*stream, asked.request.id, base::as_bytes("pong"), later()));
    stream->finish();
  });
  EXPECT_EQ(base::as_text(value_of(got)), "pong");
}

TEST_F(ExchangeTest, TheLongestBodiesPass) {
  const std::string longest(wire::Limits::body_bytes_max, 'b');
  const auto got = pinged([&](auto, auto stream) -> Task<void> {
    const auto asked = value_of(co_await read_request(*stream, later()));
    const std::string too_long = longest + "b";
    EXPECT_EQ(code_of(co_await write_answer(*stream, asked.request.id, base::as_bytes(too_long),
                                            later())),
              Code::exhausted);
    EXPECT_TRUE(co_await write_answer(*stream, asked.request.id, base::as_bytes(longest), later()));
    stream->finish();
  });
  EXPECT_TRUE(base::as_text(value_of(got)) == longest);
}

TEST_F(ExchangeTest, BulkFollowsTheFrames) {
  begin();
  HandlerOf handler([&](auto, auto stream) -> Task<void> {
    const auto asked = value_of(co_await read_request(*stream, later()));
    const auto bulk = value_of(co_await read_all(*stream, later()));
    EXPECT_TRUE(co_await write_answer(*stream, asked.request.id, {}, later()));
    EXPECT_TRUE(co_await stream->write(base::as_bytes(bulk), later()));
    stream->finish();
  });
  node(1).serve(&handler);
  const auto session = open(0, 1);
  const std::string bulk(3 << 20, 'k');
  const auto body = [&]() -> Task<void> {
    const auto stream = value_of(co_await session->open_stream(later()));
    EXPECT_TRUE(co_await write_request(*stream, "mirror", {}, later()));
    EXPECT_TRUE(co_await stream->write(base::as_bytes(bulk), later()));
    stream->finish();
    EXPECT_TRUE(value_of(co_await read_answer(*stream, later())).empty());
    EXPECT_TRUE(value_of(co_await read_all(*stream, later())) == bulk);
  };
  EXPECT_TRUE(finish(body()));
  fixture_.reset();
}

TEST_F(ExchangeTest, ARefusalComesAsAnError) {
  const auto got = pinged([&](auto, auto stream) -> Task<void> {
    const auto asked = value_of(co_await read_request(*stream, later()));
    co_await refuse(*stream, asked.request.id, {Code::unsupported, "no such request"}, later());
  });
  EXPECT_EQ(code_of(got), Code::unsupported);
  EXPECT_TRUE(got.error().message.contains("no such request")) << got.error().message;
}

TEST_F(ExchangeTest, OurOwnTroublesStayOurs) {
  const auto got_for = [&](const Result<base::Bytes>& body) {
    return pinged([&, body](auto, auto stream) -> Task<void> {
      const auto asked = value_of(co_await read_request(*stream, later()));
      co_await answer_or_refuse(*stream, asked.request.id, body, later());
    });
  };
  const auto pong = base::as_bytes("pong");
  EXPECT_EQ(got_for(base::Bytes(pong.begin(), pong.end())).value_or(base::Bytes{}),
            base::Bytes(pong.begin(), pong.end()));
  const auto invalid = got_for(base::fail(Code::invalid, "no such chunk"));
  ASSERT_EQ(code_of(invalid), Code::invalid);
  EXPECT_NE(invalid.error().message.find("no such chunk"), std::string::npos);
  const auto ours = got_for(base::fail(Code::io, "/home/user is unreadable"));
  ASSERT_EQ(code_of(ours), Code::unavailable);
  EXPECT_EQ(ours.error().message.find("/home"), std::string::npos);
}

TEST_F(ExchangeTest, AResetComesAsAnError) {
  const auto got = pinged([&](auto, auto stream) -> Task<void> {
    stream->reset(wire::ErrorCode::overloaded);
    co_return;
  });
  EXPECT_EQ(code_of(got), Code::unavailable);
}

TEST_F(ExchangeTest, AnswersThatAreNone) {
  EXPECT_EQ(answered_with({}), Code::corrupt);
  EXPECT_EQ(answered_with(base::to_bytes("abc")), Code::corrupt);
  EXPECT_EQ(answered_with(base::to_bytes(std::string(4, '\0'))), Code::corrupt);
  EXPECT_EQ(answered_with(base::to_bytes("\xff\xff\xff\xff")), Code::exhausted);
  EXPECT_EQ(answered_with(response(2, "")), Code::corrupt);  // to something else
  EXPECT_EQ(answered_with(joined(response(1, ""), "more")), Code::corrupt);
  auto cut = response(1, "abc");
  cut.pop_back();
  EXPECT_EQ(answered_with(cut), Code::corrupt);
  // Neither an answer nor an end.
  EXPECT_EQ(answered_with(cut, false), Code::timeout);
  EXPECT_EQ(answered_with(response(1, "abc"), false), Code::timeout);
  EXPECT_EQ(answered_with(response(1, "abc")), std::nullopt);
}

TEST_F(ExchangeTest, RequestsThatAreNone) {
  using Codes = std::pair<std::optional<Code>, std::optional<Code>>;
  EXPECT_EQ(asked_with(base::to_bytes({"\x80\0\0\0", 4})),
            (Codes{Code::exhausted, Code::exhausted}));
  EXPECT_EQ(asked_with(base::to_bytes("nonsense")), (Codes{Code::exhausted, Code::exhausted}));
  EXPECT_EQ(asked_with(response(1, "")), (Codes{Code::corrupt, Code::invalid}));
  auto request = wire::encode(wire::Request{{1}, "ping", {}}).value();
  auto later_version = request;
  later_version[5] = std::byte{2};
  EXPECT_EQ(asked_with(later_version), (Codes{Code::unsupported, Code::unsupported}));
  request.pop_back();
  EXPECT_EQ(asked_with(request), (Codes{Code::corrupt, Code::invalid}));
}

}  // namespace
}  // namespace tesseras::transport
