// Where in a file its picture lies, apart from what is said about it: what has to be the same
// after an edit of metadata, and what else there is. Pure; JPEG (ITU-T T.81 annex B), PNG (ISO/IEC
// 15948), WebP (RFC 9649), TIFF (TIFF 6.0).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "foundation/base/bytes.hpp"
#include "preserve/tessera/media_type.hpp"

namespace tesseras::media {

struct Range {
  std::size_t offset = 0;
  std::size_t size_bytes = 0;
};

// A piece of the file as its format cuts it, and what it is: the marker of a JPEG's segment, the
// four letters of a chunk (big-endian), the tag of a TIFF's field.
struct Part {
  std::uint32_t kind = 0;
  Range payload;  // without marker, letters, size and checksum; for TIFF none
};

struct Picture {
  std::vector<Range> ranges;  // the picture, in the order in which a decoder wants it
  // JPEG: APPn and comments. PNG, WebP: every chunk. TIFF: the fields of metadata in directories
  // other than the first, each kind once.
  std::vector<Part> parts;
  std::size_t end = 0;  // where the file ends for a viewer; often more follows
};

// nullopt for other formats, and for files whose structure is broken.
std::optional<Picture> find_picture(base::ByteSpan file, tessera::MediaFormat format);

// True when the two pictures are the same bytes, however these are spread over ranges.
bool same_picture(base::ByteSpan a, const Picture& in_a, base::ByteSpan b, const Picture& in_b);

}  // namespace tesseras::media
