// FLAC (RFC 9639): blocks of metadata, then frames to the end of the file.
#pragma once

#include "preserve/media/tag_source.hpp"

namespace tesseras::media {

// A doubt (tag_source.hpp) when it is not certain that the file holds no position. The frames are
// followed by their checksums, since nothing else tells where the last one ends.
base::Result<void> check_flac(TagSource& source);

}  // namespace tesseras::media
