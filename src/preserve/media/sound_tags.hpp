// Whether a file whose metadata are tags (tessera::Embedded::tags: sound, WebM, GIF) holds a
// position. Nothing in them can be edited, so that a doubt is reason enough not to take it.
#pragma once

#include <cstdint>
#include <string>

#include "foundation/base/result.hpp"
#include "foundation/runtime/disk.hpp"
#include "preserve/tessera/media_type.hpp"

namespace tesseras::media {

// Walks the whole file. Empty when every piece of metadata in it is of a kind that is known to hold
// no position; else the reason why it is not certain, in words for the report: "its tag LOCATION is
// about a place". Names that people give to their work, and their comments, are their own words.
// A film's or a song's frames are taken for what they are and not decoded.
//
//   WAV            check_wav       MP3        check_mp3      Ogg, Opus   check_ogg
//   FLAC           check_flac      WebM       check_webm     GIF         check_gif
//
// Errors are those of File::read_at. Memory: a few times Limits::tag_bytes_max at most.
base::Result<std::string> unclear_tags(runtime::File& file, std::uint64_t size_bytes,
                                       tessera::MediaFormat format);

}  // namespace tesseras::media
