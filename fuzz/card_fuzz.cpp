// A card that somebody has sent: refused with a reason, or somebody's, with a fingerprint to
// compare.
#include <cstddef>
#include <cstdint>
#include <span>

#include "foundation/base/assert.hpp"
#include "preserve/contacts/card.hpp"

namespace tesseras {

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = base::as_text(std::as_bytes(std::span(data, size)));
  const auto card = contacts::decode(text);
  if (!card) {
    ASSERT(card.error().code == base::Code::invalid ||
           card.error().code == base::Code::unsupported);
    ASSERT(!card.error().message.empty());
    return 0;
  }
  ASSERT(size <= contacts::card_bytes_max);
  ASSERT(contacts::fingerprint_of(*card).size() == 8 * 6 - 1);
  return 0;
}

}  // namespace tesseras
