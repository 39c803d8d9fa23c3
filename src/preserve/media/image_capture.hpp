// What an image says of itself, through the image library.
#pragma once

#include "foundation/base/result.hpp"
#include "foundation/runtime/disk.hpp"
#include "preserve/media/capture.hpp"

namespace tesseras::media {

// read_capture for JPEG, PNG, TIFF and what is built like it, WebP, HEIF and AVIF.
base::Result<Capture> read_image_capture(runtime::File& file, std::uint64_t size_bytes);

// EXIF's "2019:09:22 14:31:03", with "-" or "/" in the date too, as some devices write it;
// `fraction` and `offset` as in SubSecTime and OffsetTime, ignored when they are not well-formed.
// nullopt when the time is missing, impossible, or a clock's that was never set.
std::optional<LocalTime> parse_exif_time(std::string_view time, std::string_view fraction,
                                         std::string_view offset);

// XMP's "41,46.02N" or "41,46,1.2N". `last` is the reference that adds to it, `negative` the other.
std::optional<double> parse_xmp_angle(std::string_view text, char positive, char negative);

}  // namespace tesseras::media
