// What a picture's file says besides the picture: the parts that a metadata reader has to have
// found, and anything that it may have passed by. A list of what is known, not of what is feared:
// a position that nobody looks for is the one that is published. Pure; hostile bytes.
#pragma once

#include <string>

#include "foundation/base/bytes.hpp"
#include "preserve/media/image_ranges.hpp"
#include "preserve/tessera/media_type.hpp"

namespace tesseras::media {

struct ImageParts {
  // Parts that readers know. Of each kind they read one; what a second one says stays unread.
  unsigned exif = 0;
  unsigned xmp = 0;
  unsigned iptc = 0;
  // Why it is not certain what the file says; empty when every part is known or says nothing like
  // a position.
  std::string unclear;
};

// For JPEG, PNG, WebP and TIFF; `picture` is find_picture's. What lies behind it is looked at too.
ImageParts image_parts(base::ByteSpan file, const Picture& picture, tessera::MediaFormat format);

// True when bytes from anywhere in a file have a word of a place, or the beginning of an EXIF
// record: what may be there although no reader of ours knows where.
bool looks_like_place(base::ByteSpan bytes);

}  // namespace tesseras::media
