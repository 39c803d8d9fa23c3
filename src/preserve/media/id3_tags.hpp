// ID3v2.2, 2.3 and 2.4 (id3.org), in memory.
#pragma once

#include <cstdint>

#include "foundation/base/bytes.hpp"
#include "foundation/base/result.hpp"

namespace tesseras::media {

// Size of the tag that begins here, with its header and footer, from its first ten bytes; 0 when
// there is none.
std::uint64_t id3_tag_bytes(base::ByteSpan head);

// A whole tag, its header first. A doubt when a frame is not harmless, is compressed or encrypted,
// or when what follows the last is no padding.
base::Result<void> check_id3(base::ByteSpan tag);

}  // namespace tesseras::media
