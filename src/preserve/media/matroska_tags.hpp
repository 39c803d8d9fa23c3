// WebM: the elements of Matroska (RFC 9559) in EBML (RFC 8794).
#pragma once

#include "preserve/media/tag_source.hpp"

namespace tesseras::media {

// A doubt (tag_source.hpp) when it is not certain that the file holds no position. Segments and
// clusters may be of unknown size, as browsers write them.
base::Result<void> check_webm(TagSource& source);

}  // namespace tesseras::media
