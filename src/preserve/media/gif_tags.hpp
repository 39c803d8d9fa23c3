// GIF87a and GIF89a.
#pragma once

#include "preserve/media/tag_source.hpp"

namespace tesseras::media {

// A doubt (tag_source.hpp) when it is not certain that the file holds no position. Comments are
// words that people wrote.
base::Result<void> check_gif(TagSource& source);

}  // namespace tesseras::media
