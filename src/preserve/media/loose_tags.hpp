// Tags that stand by themselves before, between and behind the frames of sound: ID3v2 (id3.org),
// ID3v1 and its TAG+, APEv2, Lyrics3.
#pragma once

#include <cstdint>

#include "preserve/media/tag_source.hpp"

namespace tesseras::media {

// The size of the tag that begins at `at`, 0 when none does. A doubt when it is not harmless.
base::Result<std::uint64_t> loose_tag_bytes(TagSource& source, std::uint64_t at);

// Nothing but such tags, and fill, up to the end of the file; a doubt otherwise.
base::Result<void> check_loose_tags(TagSource& source, std::uint64_t at);

}  // namespace tesseras::media
