// A share of any bytes is a share, in either form, or refused with a reason; what is one is written
// the same again, and its text says the same.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

#include "foundation/base/assert.hpp"
#include "preserve/heirs/limits.hpp"
#include "preserve/heirs/share_text.hpp"

namespace tesseras {

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > heirs::Limits::text_bytes_max) return 0;
  const auto bytes = std::as_bytes(std::span(data, size));
  const auto reading = heirs::decode_any(bytes);
  if (!reading) {
    ASSERT(reading.error().code == base::Code::corrupt ||
           reading.error().code == base::Code::unsupported);
    ASSERT(!reading.error().message.empty());
    return 0;
  }
  const auto& share = reading->share;
  ASSERT(share.part.index >= 1 && share.part.index <= share.set.total);
  ASSERT(share.set.hashes.size() == share.set.total);
  const auto binary = heirs::encode(share);
  const bool was_binary = heirs::decode(bytes).has_value();
  ASSERT(!was_binary || std::ranges::equal(binary.span(), bytes));
  const auto text = heirs::encode_text(share);
  const auto again = heirs::decode_any(text.span());
  ASSERT(again && again->remarks.empty());
  ASSERT(again->share.set == share.set && again->share.part.data == share.part.data);
  return 0;
}

}  // namespace tesseras
