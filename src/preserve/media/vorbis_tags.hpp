// Vorbis comments and FLAC's blocks of metadata, in memory: the tags of FLAC and of all that Ogg
// carries (Xiph's "Ogg Vorbis I comment field specification"; RFC 9639 section 8).
#pragma once

#include <cstdint>

#include "foundation/base/bytes.hpp"
#include "foundation/base/result.hpp"

namespace tesseras::media {

// From the vendor's string on. A doubt when a field is not harmless or when anything but one
// framing bit and zeros follows the last.
base::Result<void> check_vorbis_comment(base::ByteSpan bytes);

// The payload of one block of metadata; 0 to 126 are the types of RFC 9639 section 8.1.
base::Result<void> check_flac_block(std::uint8_t type, base::ByteSpan payload);

}  // namespace tesseras::media
