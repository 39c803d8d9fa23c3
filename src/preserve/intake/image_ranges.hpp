// Where in a file its picture lies, apart from what is said about it: what has to be the same
// after an edit of metadata. Pure; JPEG (ITU-T T.81 annex B), PNG (ISO/IEC 15948), WebP
// (RFC 9649), TIFF (TIFF 6.0).
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "foundation/base/bytes.hpp"
#include "preserve/tessera/media_type.hpp"

namespace tesseras::intake {

struct Range {
  std::size_t offset = 0;
  std::size_t size_bytes = 0;
};

struct Picture {
  std::vector<Range> ranges;  // the picture, in the order in which a decoder wants it
  std::size_t end = 0;        // where the file ends for a viewer; often more follows
};

// nullopt for other formats, and for files whose structure is broken.
std::optional<Picture> find_picture(base::ByteSpan file, tessera::MediaFormat format);

// True when the two pictures are the same bytes, however these are spread over ranges.
bool same_picture(base::ByteSpan a, const Picture& in_a, base::ByteSpan b, const Picture& in_b);

}  // namespace tesseras::intake
