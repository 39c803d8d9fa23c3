// A file of witnesses that somebody else may have written: refused, or its numbers hold together.
#include <cstdint>
#include <span>

#include "foundation/base/assert.hpp"
#include "preserve/sealing/limits.hpp"
#include "preserve/sealing/witnesses.hpp"

namespace tesseras {

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = std::as_bytes(std::span(data, size));
  const auto witnesses = sealing::parse_witnesses(bytes);
  if (!witnesses) {
    ASSERT(witnesses.error().code == base::Code::corrupt);
    return 0;
  }
  const auto count = witnesses->part_hashes.size();
  ASSERT(count >= 1 && count <= sealing::Limits::witnesses_max);
  ASSERT(witnesses->threshold >= 1 && witnesses->threshold <= count);
  ASSERT(witnesses->entries.size() == count * 1168);
  // No part of zeros has a hash of somebody's choosing, under whatever number.
  for (const std::uint8_t index : {std::uint8_t{0}, std::uint8_t{1}, std::uint8_t{255}})
    ASSERT(!sealing::part_holds(*witnesses, {}, {index, {}}));
  return 0;
}

}  // namespace tesseras
