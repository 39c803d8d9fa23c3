#include "foundation/wire/frame.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "foundation/base/assert.hpp"
#include "foundation/base/text.hpp"
#include "foundation/crypto/wipe.hpp"
#include "foundation/wire/message_pack.hpp"
#include "foundation/wire/reader.hpp"

namespace tesseras::wire {
namespace {

using base::Bytes;
using base::ByteSpan;
using base::Code;
using base::fail;
using base::Result;

// On the wire: may never change.
constexpr std::uint64_t kind_request = 0;
constexpr std::uint64_t kind_response = 1;
constexpr std::uint64_t kind_error = 2;

Bytes framed(ByteSpan envelope) {
  Bytes frame;
  frame.reserve(Limits::frame_header_bytes + envelope.size());
  for (const unsigned shift : {24U, 16U, 8U, 0U}) {
    frame.push_back(static_cast<std::byte>((envelope.size() >> shift) & 0xffU));
  }
  frame.insert(frame.end(), envelope.begin(), envelope.end());
  return frame;
}

// Fills an envelope behind its version, id and kind.
template <class Fill>
Bytes frame_of(RequestId id, std::uint64_t kind, Fill fill) {
  auto envelope = pack_array([&](ArrayWriter& out) {
    out.number(wire_version);
    out.number(id.value);
    out.number(kind);
    fill(out);
  });
  ASSERT(envelope.has_value());  // every part is bounded, and their sum is
  const crypto::Wiper wiper(*envelope);
  return framed(*envelope);
}

Result<void> check_body(ByteSpan body) {
  if (body.size() <= Limits::body_bytes_max) return {};
  return fail(Code::exhausted, "a message of {} bytes, and at most {} fit in a frame", body.size(),
              Limits::body_bytes_max);
}

// At most `bytes_max` bytes of it, not cut within a character.
std::string shortened(std::string text, std::size_t bytes_max) {
  if (text.size() <= bytes_max) return text;
  std::size_t end = bytes_max;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0U) == 0x80U) --end;
  text.resize(end);
  return text;
}

// What every version's envelope begins with.
struct Opening {
  std::uint64_t version;
  RequestId id;
};

// Asks for no more than that, so that it also reads what a later version wrote behind it.
std::optional<Opening> read_opening(ByteSpan envelope) {
  Reader reader(envelope);
  const auto head = reader.u8();
  if (!head || (*head & 0xf0U) != 0x90U || (*head & 0x0fU) < 2) return std::nullopt;
  const auto version = read_number(reader);
  if (!version) return std::nullopt;
  const auto id = read_number(reader);
  if (!id) return std::nullopt;
  return Opening{*version, RequestId{*id}};
}

Result<Envelope> decode_request_elements(RequestId id, const ArrayView& elements) {
  const std::string_view method = TRY(TRY(elements.at(3)).text(Limits::key_bytes_max));
  if (!is_key(method)) return fail(Code::corrupt, "the method's name is not one");
  return Request{id, method, TRY(TRY(elements.at(4)).bytes(Limits::body_bytes_max))};
}

Result<Envelope> decode_error_elements(RequestId id, const ArrayView& elements) {
  const auto code = TRY(TRY(elements.at(3)).number_to<std::uint16_t>());
  if (code == 0) return fail(Code::corrupt, "an error with the code 0");
  return Refusal{id, static_cast<ErrorCode>(code),
                 TRY(TRY(elements.at(4)).text(Limits::reason_bytes_max))};
}

}  // namespace

ErrorCode error_code(Code code) {
  switch (code) {
    case Code::exhausted: return ErrorCode::too_large;
    case Code::unsupported: return ErrorCode::unsupported;
    case Code::unavailable:
    case Code::timeout:
    case Code::cancelled:
    case Code::io:
    case Code::internal: return ErrorCode::overloaded;
    case Code::invalid:
    case Code::corrupt:
    case Code::not_found:
    case Code::conflict:
    case Code::denied: return ErrorCode::invalid;
  }
  return ErrorCode::overloaded;
}

Code code_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::too_large: return Code::exhausted;
    case ErrorCode::invalid: return Code::invalid;
    case ErrorCode::unsupported: return Code::unsupported;
    case ErrorCode::overloaded: return Code::unavailable;
  }
  return Code::unsupported;  // of a later release
}

base::Error Refusal::to_error() const {
  if (reason.empty()) {
    return {code_of(code), fmt::format("the peer refused, with code {}", std::to_underlying(code))};
  }
  return {code_of(code), "the peer says: " + base::to_printable(reason)};
}

Result<Bytes> encode(const Request& request) {
  ASSERT(is_key(request.method));
  TRY(check_body(request.body));
  return frame_of(request.id, kind_request, [&](ArrayWriter& out) {
    out.text(request.method);
    out.bytes(request.body);
  });
}

Result<Bytes> encode(const Response& response) {
  TRY(check_body(response.body));
  return frame_of(response.id, kind_response, [&](ArrayWriter& out) { out.bytes(response.body); });
}

Bytes encode(const Refusal& refusal) {
  ASSERT(std::to_underlying(refusal.code) != 0);
  const std::string reason =
      shortened(base::to_utf8_lossy(refusal.reason), Limits::reason_bytes_max);
  return frame_of(refusal.id, kind_error, [&](ArrayWriter& out) {
    out.number(std::to_underlying(refusal.code));
    out.text(reason);
  });
}

Result<Envelope> decode_envelope(ByteSpan envelope) {
  const auto opening = read_opening(envelope);
  if (!opening) return fail(Code::corrupt, "no envelope: it begins with no version and no id");
  if (opening->version != wire_version) {
    return fail(Code::unsupported, "an envelope of version {}, and only {} is known here",
                opening->version, wire_version);
  }
  const ArrayView elements = TRY(TRY(unpack(envelope)).array(Limits::envelope_elements_max));
  // Before the kind: what is no envelope is not one of a kind that we do not know.
  if (elements.count() < Limits::envelope_elements_min)
    return fail(Code::corrupt, "no envelope: it has {} elements", elements.count());
  const std::uint64_t kind = TRY(TRY(elements.at(2)).number());
  switch (kind) {
    case kind_request: return decode_request_elements(opening->id, elements);
    case kind_response:
      return Response{opening->id, TRY(TRY(elements.at(3)).bytes(Limits::body_bytes_max))};
    case kind_error: return decode_error_elements(opening->id, elements);
    default: return fail(Code::unsupported, "an envelope of the unknown kind {}", kind);
  }
}

Result<Request> decode_request(ByteSpan envelope) {
  const Envelope decoded = TRY(decode_envelope(envelope));
  if (const auto* request = std::get_if<Request>(&decoded)) return *request;
  return fail(Code::corrupt, "an answer, where a request belongs");
}

Result<ByteSpan> decode_answer(ByteSpan envelope, RequestId id) {
  const Envelope decoded = TRY(decode_envelope(envelope));
  if (std::holds_alternative<Request>(decoded)) {
    return fail(Code::corrupt, "a request, where an answer belongs");
  }
  const auto answered = std::visit([](const auto& one) { return one.id; }, decoded);
  if (answered != id) {
    return fail(Code::corrupt, "an answer to request {}, where {} was asked", answered.value,
                id.value);
  }
  if (const auto* refusal = std::get_if<Refusal>(&decoded)) return fail(refusal->to_error());
  return std::get<Response>(decoded).body;
}

Bytes refusal_of(RequestId id, const base::Error& why) {
  // Words go out only where they speak of what came in: others may name files of this machine.
  const bool about_them =
      why.code == Code::invalid || why.code == Code::corrupt || why.code == Code::unsupported;
  return encode(Refusal{id, error_code(why.code), about_them ? why.message : std::string_view()});
}

std::optional<Bytes> refusal_of(ByteSpan envelope, const base::Error& why) {
  const auto opening = read_opening(envelope);
  if (!opening) return std::nullopt;
  return refusal_of(opening->id, why);
}

Result<void> FrameReader::take_header(ByteSpan& bytes) {
  const std::size_t missing = header_.size() - header_taken_;
  const ByteSpan taken = bytes.first(std::min(missing, bytes.size()));
  std::ranges::copy(taken, header_.begin() + static_cast<std::ptrdiff_t>(header_taken_));
  header_taken_ += taken.size();
  bytes = bytes.subspan(taken.size());
  if (header_taken_ < header_.size()) return {};
  const std::size_t length = TRY(Reader(header_).u32_be());
  // Asked before a byte of memory is taken for what the length announces.
  if (length > Limits::envelope_bytes_max) {
    return fail(Code::exhausted, "a frame of {} bytes, and at most {} are allowed", length,
                Limits::envelope_bytes_max);
  }
  if (length == 0) return fail(Code::corrupt, "a frame of 0 bytes");
  length_ = length;
  return {};
}

Result<std::size_t> FrameReader::take(ByteSpan bytes) {
  ByteSpan rest = bytes;
  if (!length_) TRY(take_header(rest));
  if (length_) {
    const ByteSpan taken = rest.first(std::min(*length_ - envelope_.size(), rest.size()));
    // Grows with what has come and not with what was announced: four bytes cost a peer nothing.
    crypto::append_wiping(envelope_, taken);
    rest = rest.subspan(taken.size());
  }
  return bytes.size() - rest.size();
}

std::size_t FrameReader::missing() const {
  return length_ ? *length_ - envelope_.size() : header_.size() - header_taken_;
}

ByteSpan FrameReader::envelope() const {
  ASSERT(complete());
  return envelope_;
}

void FrameReader::next() {
  ASSERT(complete());
  header_taken_ = 0;
  length_.reset();
  crypto::cleanse(envelope_);
  envelope_.clear();
}

Result<void> FrameReader::expect_end() const {
  if (header_taken_ == 0 || complete()) return {};
  return fail(Code::corrupt, "the stream ended within a frame, {} bytes after its beginning",
              header_taken_ + envelope_.size());
}

}  // namespace tesseras::wire
