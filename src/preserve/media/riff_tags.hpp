// WAV: chunks of RIFF, RF64 (EBU Tech 3306) and BW64 (ITU-R BS.2088), and what recorders put into
// them (EBU Tech 3285 "bext", iXML, the INFO and exif lists).
#pragma once

#include <string_view>

#include "preserve/media/tag_source.hpp"

namespace tesseras::media {

// Doubts (tag_source.hpp) when it is not certain that the file holds no position. Every chunk up to
// the end of the file is looked at, whatever the size in its first bytes says.
base::Result<void> check_wav(TagSource& source);

// The contents of one chunk other than `data`, `type` being its four letters.
base::Result<void> check_riff_chunk(std::string_view type, base::ByteSpan payload);

}  // namespace tesseras::media
