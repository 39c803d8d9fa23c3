// The frames of MPEG audio, layer III.
#pragma once

#include <cstddef>
#include <string_view>

namespace tesseras::media {

// Size in bytes of the frame whose first four bytes (or more) these are; 0 when there is none.
// ISO/IEC 11172-3 section 2.4.2.3 and 13818-3.
std::size_t mp3_frame_bytes(std::string_view head);

}  // namespace tesseras::media
