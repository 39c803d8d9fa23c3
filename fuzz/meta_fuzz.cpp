// Whatever decode_meta takes can be written, and what was written is read as the same.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "foundation/base/assert.hpp"
#include "preserve/tessera/context.hpp"
#include "preserve/tessera/meta.hpp"

namespace tesseras {

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto meta = tessera::decode_meta({reinterpret_cast<const char*>(data), size});
  if (!meta) {
    ASSERT(meta.error().message.starts_with("meta.json: "));
    return 0;
  }
  const auto bytes = tessera::encode(*meta);
  ASSERT(bytes.has_value());
  const auto again = tessera::decode_meta(*bytes);
  ASSERT(again.has_value());
  // Positions are rounded once; from then on nothing changes any more.
  ASSERT(*tessera::encode(*again) == *bytes);
  ASSERT(!tessera::fallback_context(*meta).empty());
  return 0;
}

}  // namespace tesseras
