// The values inside QuickTime boxes: pure functions over bytes already in memory. Whatever is
// broken gives an empty or absent value.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "foundation/base/bytes.hpp"
#include "preserve/media/moment.hpp"

namespace tesseras::media {

// At most 8 bytes.
std::uint64_t big_endian(base::ByteSpan bytes);

// Seconds since 1904-01-01 in UTC. nullopt for the years 1904 and 1970 (a clock that was never
// set, or counts from when it was switched on) and for what four digits cannot write.
std::optional<LocalTime> utc_from_1904(std::uint64_t seconds);

// QuickTime's international text: a 16-bit length, a 16-bit language, the text; the first of
// several.
std::string international_text(base::ByteSpan bytes);

// The value of the first `data` box in a metadata item, without trailing zeros.
std::string data_text(base::ByteSpan item);

// The names in a `keys` box; empty names keep their place.
std::vector<std::string> parse_keys(base::ByteSpan payload);

// 3GPP TS 26.244 section 8: the position in a `loci` box.
std::optional<Coordinates> parse_loci(base::ByteSpan payload);

// True when a key, a packet or a description has a word that means a place.
bool is_about_place(std::string_view text);

}  // namespace tesseras::media
