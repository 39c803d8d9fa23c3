// Takes places out of the metadata of a picture in memory.
#pragma once

#include "foundation/base/bytes.hpp"
#include "preserve/media/strip.hpp"
#include "preserve/tessera/media_type.hpp"

namespace tesseras::media {

struct StrippedImage {
  Strip strip;
  base::Bytes bytes;  // the edited file, for Outcome::changed
};

// See strip.hpp. Formats that cannot be edited are only looked through.
StrippedImage strip_image(base::ByteSpan file, tessera::MediaFormat format);

}  // namespace tesseras::media
