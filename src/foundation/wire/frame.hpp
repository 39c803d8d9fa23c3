// Frames: what nodes say to each other on a stream (spec/wire.md). A frame is 4 bytes of length,
// big-endian, and an envelope: MessagePack that says which request this is, and carries a body.
//
// The side that asks:
//   send(TRY(wire::encode(wire::Request{id, "find_node", body})));
//   ... FrameReader ...
//   const ByteSpan answer = TRY(wire::decode_answer(frame.envelope(), id));
// The side that answers:
//   const auto request = wire::decode_request(frame.envelope());
//   if (!request) { send *wire::refusal_of(envelope, error), or reset with wire::error_code(...) }
//   send(TRY(wire::encode(wire::Response{request->id, body})));
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>

#include "foundation/base/bytes.hpp"
#include "foundation/base/result.hpp"
#include "foundation/wire/limits.hpp"

namespace tesseras::wire {

// The first element of every envelope, of any version.
inline constexpr std::uint64_t wire_version = 1;

// What a peer is told: in an error envelope, and as the code that a stream is reset with. These
// numbers are on the wire and may never change; a peer may send others.
enum class ErrorCode : std::uint16_t {
  too_large = 1,
  invalid = 2,
  unsupported = 3,
  overloaded = 4,
};

// exhausted → too_large; unsupported → unsupported; what is wrong with us, or now, → overloaded;
// the rest → invalid.
ErrorCode error_code(base::Code code);
// The way back: exhausted, invalid, unsupported, unavailable; unsupported for a code unknown here.
base::Code code_of(ErrorCode code);

// Chosen by the side that asks; the answer carries the same.
struct RequestId {
  std::uint64_t value = 0;
  auto operator<=>(const RequestId&) const = default;
};

// All of these borrow: the envelope's bytes, or what they were made of.
struct Request {
  RequestId id;
  std::string_view method;  // is_key(), such as "find_node"
  base::ByteSpan body;
};
struct Response {
  RequestId id;
  base::ByteSpan body;
};
struct Refusal {
  RequestId id;
  ErrorCode code = ErrorCode::invalid;
  std::string_view reason;  // words for a person, in English; may be empty

  // As our own caller should see it: "the peer says: ...", with nothing in it that a terminal or a
  // log would take for more than words.
  base::Error to_error() const;
};
using Envelope = std::variant<Request, Response, Refusal>;

// A whole frame. exhausted: a body of more than Limits::body_bytes_max.
base::Result<base::Bytes> encode(const Request& request);
base::Result<base::Bytes> encode(const Response& response);
// The reason is cut to Limits::reason_bytes_max, and made UTF-8.
base::Bytes encode(const Refusal& refusal);

// The envelope of a frame, that is without the 4 bytes.
// unsupported: another version, or a kind that this one does not know. corrupt: anything else that
// is not as spec/wire.md has it.
base::Result<Envelope> decode_envelope(base::ByteSpan envelope);
// And corrupt, when it is no request.
base::Result<Request> decode_request(base::ByteSpan envelope);
// The body of the response to `id`; the peer's own error when it refused; corrupt when it is an
// answer to something else, or no answer.
base::Result<base::ByteSpan> decode_answer(base::ByteSpan envelope, RequestId id);

// The frame that tells a peer why its request was refused; nullopt when not even the request's id
// can be read, and then the stream is reset with error_code(why.code). Only for an envelope that
// came as a request: an answer is never answered.
std::optional<base::Bytes> refusal_of(base::ByteSpan envelope, const base::Error& why);
base::Bytes refusal_of(RequestId id, const base::Error& why);

// Puts a frame together out of whatever pieces it comes in. It takes no byte behind the frame,
// which may be a stream's bulk, and never much more memory than has arrived.
class FrameReader {
 public:
  // How many of `bytes` it took, from the front: all, or up to the end of the frame, which is then
  // complete(). Takes nothing more until next().
  // exhausted: the length says more than Limits::envelope_bytes_max. corrupt: it says 0. Nothing
  // can be read from such a stream any more; every further call returns the same.
  base::Result<std::size_t> take(base::ByteSpan bytes);

  // How many bytes it will take next, at most: the rest of the length, then of the envelope. So
  // that who reads from a stream reads nothing of what follows.
  std::size_t missing() const;
  bool complete() const { return length_ && envelope_.size() == *length_; }
  // Of a complete frame; borrowed until next().
  base::ByteSpan envelope() const;
  // On to the next frame of the same stream, after a complete one, of which nothing is left.
  void next();

  // For when a stream ends: corrupt when it ends within a frame.
  base::Result<void> expect_end() const;

 private:
  base::Result<void> take_header(base::ByteSpan& bytes);

  std::array<std::byte, Limits::frame_header_bytes> header_{};
  std::size_t header_taken_ = 0;
  std::optional<std::size_t> length_;  // known once the header is whole
  base::Bytes envelope_;
};

}  // namespace tesseras::wire
