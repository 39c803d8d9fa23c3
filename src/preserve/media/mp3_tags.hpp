// MP3: frames of sound, and tags before, between and behind them.
#pragma once

#include "preserve/media/tag_source.hpp"

namespace tesseras::media {

// A doubt (tag_source.hpp) when it is not certain that the file holds no position. What is left
// of a frame where files were cut, a few kilobytes, is only searched for the words of a place.
base::Result<void> check_mp3(TagSource& source);

}  // namespace tesseras::media
