// A stream cut into pieces gives the frames that it gives whole; a frame that is taken is written
// again as one that says the same; one that is refused can be answered whenever its id can be read.
// The first byte says how long the pieces are.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <variant>
#include <vector>

#include "foundation/base/assert.hpp"
#include "foundation/wire/frame.hpp"

namespace tesseras {
namespace {

using base::Bytes;
using base::ByteSpan;
using wire::Limits;

struct Seen {
  std::vector<Bytes> envelopes;
  std::optional<base::Error> error;

  bool operator==(const Seen&) const = default;
};

Seen read(ByteSpan stream, std::size_t piece_bytes) {
  Seen seen;
  wire::FrameReader reader;
  while (!stream.empty()) {
    const auto taken = reader.take(stream.first(std::min(piece_bytes, stream.size())));
    if (!taken) {
      seen.error = taken.error();
      return seen;
    }
    ASSERT(*taken > 0);
    stream = stream.subspan(*taken);
    if (!reader.complete()) continue;
    const ByteSpan envelope = reader.envelope();
    ASSERT(!envelope.empty() && envelope.size() <= Limits::envelope_bytes_max);
    seen.envelopes.emplace_back(envelope.begin(), envelope.end());
    reader.next();
  }
  const auto end = reader.expect_end();
  if (!end) seen.error = end.error();
  return seen;
}

ByteSpan without_header(ByteSpan frame) { return frame.subspan(Limits::frame_header_bytes); }

void check_again(const wire::Request& request) {
  const auto frame = wire::encode(request);
  ASSERT(frame.has_value());
  const auto again = wire::decode_request(without_header(*frame));
  ASSERT(again && again->id == request.id && again->method == request.method);
  ASSERT(std::ranges::equal(again->body, request.body));
}

void check_again(const wire::Response& response) {
  const auto frame = wire::encode(response);
  ASSERT(frame.has_value());
  const auto again = wire::decode_answer(without_header(*frame), response.id);
  ASSERT(again && std::ranges::equal(*again, response.body));
}

void check_again(const wire::Refusal& refusal) {
  const Bytes frame = wire::encode(refusal);
  const auto again = wire::decode_envelope(without_header(frame));
  ASSERT(again.has_value());
  const auto& same = std::get<wire::Refusal>(*again);
  ASSERT(same.id == refusal.id && same.code == refusal.code && same.reason == refusal.reason);
  ASSERT(!wire::decode_answer(without_header(frame), refusal.id));
}

void check(ByteSpan envelope) {
  const auto decoded = wire::decode_envelope(envelope);
  if (decoded) return std::visit([](const auto& one) { check_again(one); }, *decoded);
  ASSERT(decoded.error().code == base::Code::corrupt ||
         decoded.error().code == base::Code::unsupported);
  const auto answer = wire::refusal_of(envelope, decoded.error());
  ASSERT(answer || decoded.error().code == base::Code::corrupt);
  if (!answer) return;
  const auto told = wire::decode_envelope(without_header(*answer));
  ASSERT(told && std::get<wire::Refusal>(*told).code == wire::error_code(decoded.error().code));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const ByteSpan stream = std::as_bytes(std::span(data, size)).subspan(1);
  const Seen whole = read(stream, stream.size());
  ASSERT(read(stream, 1 + std::size_t{data[0]}) == whole);
  for (const Bytes& envelope : whole.envelopes) check(envelope);
  return 0;
}

}  // namespace tesseras
