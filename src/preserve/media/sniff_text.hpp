// Is it a text? See sniff.hpp for what counts as one.
#pragma once

#include <cstdint>
#include <string_view>

#include "foundation/base/result.hpp"
#include "foundation/runtime/disk.hpp"
#include "preserve/media/sniff.hpp"

namespace tesseras::media {

// Whether a name with this extension, or none, is one that people give to their own words.
bool is_text_name(std::string_view extension);

// From the beginning of a file without a known magic number; `cut` when the file goes on.
Sniffed sniff_text(std::string_view head, bool cut, std::string_view extension);

// Reads a text to its end: `format`, or other when it is not UTF-8 after all.
base::Result<Sniffed> sniff_whole_text(runtime::File& file, std::uint64_t size_bytes,
                                       tessera::MediaFormat format);

}  // namespace tesseras::media
