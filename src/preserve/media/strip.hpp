// --strip-location: a file as it is read without the place where it was made. No changed copy is
// ever written anywhere.
//
// Certain or not at all. Each copy is read again: no position is left in it, and its picture and
// sound are bit for bit the original's; otherwise the file is not taken. Words that a person
// wrote (a text, a caption, a file's name) are the author's own and are left alone.
//
//   JPEG, PNG, TIFF, WebP   EXIF GPS, XMP and IPTC places, places in maker notes; a maker note of
//                           unknown meaning goes as a whole, and so do the notes that a Samsung
//                           phone puts behind a picture. Only where all that stands beside the
//                           picture is known: one EXIF, one XMP and one IPTC that can be read, and
//                           parts that hold no position and no TIFF header. Not with a second
//                           picture that has EXIF of its own, a film, or anything else behind
//   MOV, MP4, M4A           the location boxes, and user data and metadata of unknown meaning, are
//                           blanked where they stand, in fragments and unused space too; not with
//                           a timed metadata track that may hold positions
//   HEIF, AVIF, raws        taken as they are when they can be read and hold none; else not taken
//   GIF, WAV, MP3, FLAC,    taken as they are when every tag, chunk and element up to the end is of
//   Ogg, WebM               a kind that is known to hold no position, and every cover is a picture
//                           without one; else not taken (sound_tags.hpp)
//   text, Markdown          have no place for a position; but under a name that people do not give
//                           to their words (.srt, .log) not taken: a device's record may be a text
//   PDF and others          not taken: what they hold is not certain
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "foundation/base/result.hpp"
#include "foundation/runtime/disk.hpp"
#include "preserve/tessera/media_type.hpp"

namespace tesseras::media {

struct Strip {
  enum class Outcome {
    unchanged,  // holds no position: take the original
    changed,    // take the copy
    refused,    // do not take it; `reason` says why
  };
  Outcome outcome = Outcome::refused;
  std::vector<std::string> changes;  // for meta.json: "position removed from EXIF"
  std::string reason;
  std::shared_ptr<runtime::File> copy;  // of `changed`; read-only, see stripped_file.hpp
};

// Reads `original`, and says as what it can be taken. A changed picture, of at most
// Limits::strip_image_bytes_max, is held in memory while its copy is there. Errors: those of the
// disk, each naming the path.
base::Result<Strip> strip_location(runtime::Disk& disk, const std::filesystem::path& original,
                                   tessera::MediaFormat format);

}  // namespace tesseras::media
