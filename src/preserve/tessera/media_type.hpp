// The closed table of formats that a memory may have (spec/tessera.md, section 6). Pure.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "preserve/tessera/meta.hpp"

namespace tesseras::tessera {

enum class MediaFormat {
  jpeg,
  png,
  wav,
  webm,
  text,
  heic,
  heif,
  avif,
  webp,
  gif,
  tiff,
  mov,
  mp4,
  m4a,
  mp3,
  flac,
  ogg,
  opus,
  pdf,
  dng,
  cr2,
  cr3,
  nef,
  arw,
  orf,
  rw2,
  raf,
  markdown,
  other,  // taken only when asked for
};

// How a browser of any year can show it without help.
enum class Display { image, audio, video, text, link };

// Where a file of the format may say when, where and by whom it was made: what intake reads, and
// what --strip-location has to clear.
enum class Embedded {
  nothing,    // has no place for it
  pictorial,  // EXIF, XMP, IPTC
  cinematic,  // QuickTime boxes
  tags,       // tags and comments, which nothing is taken from
  anything,   // not certain what it holds
};

struct MediaFormatInfo {
  MediaFormat format;
  std::string_view name;         // for people: "JPEG", "Canon CR2"
  std::string_view extension;    // of media.<extension>; "bin" for other
  std::string_view media_type;   // MIME
  std::string_view decode_name;  // decode/<name>.txt; empty for other
  MemoryType default_type;       // reflection for texts, moment for all else
  Display display;
  Embedded embedded;
};

const MediaFormatInfo& info(MediaFormat format);
std::span<const MediaFormatInfo> all_formats();

// The format of a media type and extension as MANIFEST and media.<ext> have them; `other` for
// everything that is not in the table.
MediaFormat format_from(std::string_view media_type, std::string_view extension);

// The extension of media.<ext>: that of the table; for `other` the original one in lower case if
// it is 1 to 8 of a-z and 0-9, else "bin".
std::string media_extension(MediaFormat format, std::string_view original_extension);

}  // namespace tesseras::tessera
