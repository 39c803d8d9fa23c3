// Some of the fragments of one plan, as records and messages name them (spec/dht.md, section 4).
#pragma once

#include <bitset>

#include "foundation/base/bytes.hpp"
#include "foundation/base/result.hpp"
#include "preserve/dht/limits.hpp"

namespace tesseras::dht {

// Bit i: fragment i.
using FragmentSet = std::bitset<Limits::fragments_max>;

inline constexpr std::size_t fragment_set_bytes_max = Limits::fragments_max / 8;

// Bit i % 8 of byte i / 8, without zeros at the end; nothing for the empty set.
base::Bytes encode(const FragmentSet& fragments);
// corrupt: too long, or the last byte is zero.
base::Result<FragmentSet> decode_fragment_set(base::ByteSpan bytes);

}  // namespace tesseras::dht
