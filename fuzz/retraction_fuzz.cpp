// A retraction has one written form, and whatever is taken for a signed one is the same when it is
// read again. No bytes made by chance are taken for signed ones.
#include <cstddef>
#include <cstdint>
#include <span>

#include "foundation/base/assert.hpp"
#include "preserve/replica/retraction.hpp"

namespace tesseras {

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = std::as_bytes(std::span(data, size));
  const auto text = base::as_text(bytes);
  if (const auto retraction = replica::parse_retraction(text))
    ASSERT(replica::encode(*retraction) == text);
  const auto read = replica::SignedRetraction::decode(bytes);
  if (!read) return 0;
  const base::Bytes encoded = read->encoded();
  ASSERT(encoded.size() <= replica::signed_retraction_bytes_max);
  const auto again = replica::SignedRetraction::decode(encoded);
  ASSERT(again && again->retraction() == read->retraction() && again->author() == read->author() &&
         again->encoded() == encoded);
  return 0;
}

}  // namespace tesseras
