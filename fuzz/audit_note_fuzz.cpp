// What audits have found is what decoding says, and is written again as the same; whatever else,
// even with a hash that fits, is refused. The hash is put right here, or nothing would get past it.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

#include "foundation/base/assert.hpp"
#include "foundation/crypto/blake3.hpp"
#include "preserve/upkeep/audit_note.hpp"
#include "preserve/upkeep/limits.hpp"

namespace tesseras {

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto given = std::as_bytes(std::span(data, size));
  (void)upkeep::decode_audit_note(given);
  base::Bytes bytes(given.begin(), given.end());
  const auto hash = crypto::blake3(bytes);
  bytes.insert(bytes.end(), hash.bytes.begin(), hash.bytes.end());
  const auto note = upkeep::decode_audit_note(bytes);
  if (!note) return 0;
  ASSERT(note->known.asked.size() <= upkeep::Limits::challenges_max);
  ASSERT(note->known.directed <= note->known.asked.size());
  const auto again = upkeep::decode_audit_note(upkeep::encode(*note));
  ASSERT(again && *again == *note);
  return 0;
}

}  // namespace tesseras
