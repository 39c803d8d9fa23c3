// What lies in an encrypted tessera, as its holders may have made it: an envelope gives the key
// that MANIFEST commits to or none, and a stream gives nothing that was not authenticated. Nobody
// who has not the key makes either.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

#include "foundation/base/assert.hpp"
#include "preserve/sealing/content_stream.hpp"
#include "preserve/sealing/envelope.hpp"

namespace tesseras {
namespace {

using base::Code;

void open_envelope(base::ByteSpan bytes) {
  static const auto reader = identity::Identity::from_seed(identity::RootSeed());
  const auto key = sealing::open_envelope(bytes, {}, {}, reader);
  ASSERT(!key && (key.error().code == Code::corrupt || key.error().code == Code::denied));
}

void open_stream(base::ByteSpan bytes) {
  const auto read = [&](std::uint64_t at, base::MutableByteSpan into) -> base::Result<std::size_t> {
    const auto from = bytes.subspan(static_cast<std::size_t>(at));
    const auto piece = from.first(std::min(from.size(), into.size()));
    std::ranges::copy(piece, into.begin());
    return piece.size();
  };
  auto stream = sealing::ContentReader::open({}, {}, bytes.size(), read);
  if (!stream) {
    ASSERT(stream.error().code == Code::corrupt);
    return;
  }
  ASSERT(stream->size_bytes() < bytes.size());
  base::Bytes plain(100);
  for (const auto at : {std::uint64_t{0}, stream->size_bytes() / 2, stream->size_bytes() - 1}) {
    const auto got = stream->read_at(at, plain);
    ASSERT(!got && got.error().code == Code::corrupt);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = std::as_bytes(std::span(data, size));
  open_envelope(bytes);
  open_stream(bytes);
  return 0;
}

}  // namespace tesseras
