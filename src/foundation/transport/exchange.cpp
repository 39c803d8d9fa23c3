#include "foundation/transport/exchange.hpp"

#include "foundation/transport/frame_stream.hpp"

namespace tesseras::transport {

using base::Code;
using base::fail;
using base::Result;
using runtime::Task;

namespace {

// A stream has one request, so any number names it.
constexpr wire::RequestId only_request{1};

// Where a frame must come.
Task<Result<base::Bytes>> expect_envelope(Stream& stream, base::Instant deadline) {
  auto envelope = CO_TRY(co_await read_envelope(stream, deadline));
  if (!envelope) co_return fail(Code::corrupt, "the stream ended before its first frame");
  co_return *std::move(envelope);
}

// Tells the peer what was wrong with its answer; where that came from the peer, it changes nothing.
std::unexpected<base::Error> given_up(Stream& stream, const base::Error& why) {
  if (why.code != Code::timeout) stream.reset(wire::error_code(why.code));
  return fail(why);
}

base::Error for_a_peer(const base::Error& why) {
  switch (why.code) {
    case Code::corrupt:
    case Code::invalid:
    case Code::unavailable: return why;
    default: return {Code::unavailable, "not now"};
  }
}

}  // namespace

Task<Result<base::Bytes>> exchange(Session& session, std::string_view method, base::ByteSpan body,
                                   base::Instant deadline) {
  const auto stream = CO_TRY(co_await session.open_stream(deadline));
  CO_TRY(co_await write_request(*stream, method, body, deadline));
  stream->finish();
  auto answer = CO_TRY(co_await read_answer(*stream, deadline));
  if (const auto ended = co_await expect_end(*stream, deadline); !ended)
    co_return given_up(*stream, ended.error());
  co_return answer;
}

Task<Result<void>> write_request(Stream& stream, std::string_view method, base::ByteSpan body,
                                 base::Instant deadline) {
  const auto frame = CO_TRY(wire::encode(wire::Request{only_request, method, body}));
  co_return co_await stream.write(frame, deadline);
}

Task<Result<base::Bytes>> read_answer(Stream& stream, base::Instant deadline) {
  const auto envelope = co_await expect_envelope(stream, deadline);
  if (!envelope) co_return given_up(stream, envelope.error());
  const auto body = wire::decode_answer(*envelope, only_request);
  if (!body) co_return given_up(stream, body.error());
  co_return base::Bytes(body->begin(), body->end());
}

Task<Result<ReceivedRequest>> read_request(Stream& stream, base::Instant deadline) {
  auto envelope = co_await expect_envelope(stream, deadline);
  if (!envelope) {
    stream.reset(wire::error_code(envelope.error().code));
    co_return fail(std::move(envelope).error());
  }
  const auto request = wire::decode_request(*envelope);
  if (request) co_return ReceivedRequest(*std::move(envelope), *request);
  if (const auto refusal = wire::refusal_of(*envelope, request.error())) {
    (void)co_await stream.write(*refusal, deadline);
    stream.finish();
  } else {
    stream.reset(wire::error_code(request.error().code));
  }
  co_return fail(request.error());
}

Task<Result<void>> write_answer(Stream& stream, wire::RequestId id, base::ByteSpan body,
                                base::Instant deadline) {
  const auto frame = CO_TRY(wire::encode(wire::Response{id, body}));
  co_return co_await stream.write(frame, deadline);
}

Task<void> refuse(Stream& stream, wire::RequestId id, base::Error why, base::Instant deadline) {
  (void)co_await stream.write(wire::refusal_of(id, why), deadline);
  stream.finish();
}

Task<void> answer_or_refuse(Stream& stream, wire::RequestId id, Result<base::Bytes> body,
                            base::Instant deadline) {
  if (!body) {
    co_await refuse(stream, id, for_a_peer(body.error()), deadline);
    co_return;
  }
  (void)co_await write_answer(stream, id, *body, deadline);
  stream.finish();
}

}  // namespace tesseras::transport
