// A request and its answer (spec/wire.md), each a frame at the beginning of one way of a stream.
//
// The side that asks:
//   const auto body = CO_TRY(co_await exchange(*session, "ping", request, deadline));
// The side that answers, in Handler::on_stream:
//   const auto asked = co_await read_request(*stream, deadline);
//   if (!asked) co_return;   // the peer has been told why
//   co_await write_answer(*stream, asked->request.id, body, deadline);   // or refuse()
//
// Where a method has bulk bytes behind its frames, they are read and written on the stream itself,
// between the parts below.
#pragma once

#include <string_view>

#include "foundation/transport/transport.hpp"
#include "foundation/wire/frame.hpp"

namespace tesseras::transport {

// All in one, of methods without bulk: the body of the answer.
// As Session::open_stream, Stream::read and wire::decode_answer, and corrupt when bytes follow the
// answer. When the deadline passes, the peer is told that the answer is not wanted any more.
runtime::Task<base::Result<base::Bytes>> exchange(Session& session, std::string_view method,
                                                  base::ByteSpan body, base::Instant deadline);

// exhausted: the body is longer than wire::Limits::body_bytes_max. Else as Stream::write.
runtime::Task<base::Result<void>> write_request(Stream& stream, std::string_view method,
                                                base::ByteSpan body, base::Instant deadline);
// The body of the answer to what write_request has asked; what follows it stays in the stream.
runtime::Task<base::Result<base::Bytes>> read_answer(Stream& stream, base::Instant deadline);

struct ReceivedRequest {
  base::Bytes envelope;   // not to be changed: the request points into it
  wire::Request request;  // stays good when this is moved, not when it is copied

  ReceivedRequest(base::Bytes bytes, wire::Request points_into_it)
      : envelope(std::move(bytes)), request(points_into_it) {}
  ReceivedRequest(ReceivedRequest&&) = default;
  ReceivedRequest& operator=(ReceivedRequest&&) = default;
};
// What follows the frame stays in the stream. On an error the peer has been told, as spec/wire.md
// says, and nothing is left to do.
runtime::Task<base::Result<ReceivedRequest>> read_request(Stream& stream, base::Instant deadline);
// exhausted: as write_request. The caller finishes the stream.
runtime::Task<base::Result<void>> write_answer(Stream& stream, wire::RequestId id,
                                               base::ByteSpan body, base::Instant deadline);
// In place of an answer; finishes the stream.
runtime::Task<void> refuse(Stream& stream, wire::RequestId id, base::Error why,
                           base::Instant deadline);
// One of the two, and the stream is finished. Of our own troubles a peer learns no more than that
// there are some: it is told of `corrupt`, `invalid` and `unavailable` only, and of any other error
// that it may ask again.
runtime::Task<void> answer_or_refuse(Stream& stream, wire::RequestId id,
                                     base::Result<base::Bytes> body, base::Instant deadline);

}  // namespace tesseras::transport
