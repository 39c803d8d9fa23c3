// Ogg (RFC 3533) with Vorbis, Opus (RFC 7845), Speex, FLAC (RFC 9639 section 10.1), Theora and
// skeletons; several streams at once and one after another.
#pragma once

#include "preserve/media/tag_source.hpp"

namespace tesseras::media {

// A doubt (tag_source.hpp) when it is not certain that the file holds no position.
base::Result<void> check_ogg(TagSource& source);

}  // namespace tesseras::media
