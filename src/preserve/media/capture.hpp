// When and where a file says it was made, and its caption: EXIF (CIPA DC-008), XMP (ISO 16684-1),
// IPTC IIM, QuickTime. Decision 5: told as it is known. What is missing, zero, impossible, 1904
// or the 1970 epoch is unknown.
#pragma once

#include <optional>
#include <string>

#include "foundation/base/result.hpp"
#include "foundation/runtime/disk.hpp"
#include "preserve/media/moment.hpp"
#include "preserve/tessera/media_type.hpp"

namespace tesseras::media {

struct CaptureTime {
  LocalTime time;
  Origin source = Origin::exif;

  bool operator==(const CaptureTime&) const = default;
};

struct CapturePosition {
  Coordinates at;
  Origin source = Origin::exif;

  bool operator==(const CapturePosition&) const = default;
};

struct Capture {
  std::optional<CaptureTime> time;
  std::optional<CapturePosition> position;
  std::string caption;  // UTF-8; empty when there is none
  // The file holds data about a place, known or not (also a city's name, or an empty GPS record):
  // what --strip-location has to look at.
  bool has_place = false;
  bool readable = false;  // its metadata could be read; false for formats that have none we know

  bool operator==(const Capture&) const = default;
};

// Time, the first that is known of: EXIF DateTimeOriginal with SubSecTimeOriginal and
// OffsetTimeOriginal, EXIF DateTimeDigitized (a scanner's or a phone's), XMP exif:DateTimeOriginal,
// photoshop:DateCreated, xmp:CreateDate; QuickTime's creationdate, then mvhd (UTC). EXIF's DateTime
// is when a program last wrote the file, and is not used.
// Position: EXIF GPS with its references, XMP exif:GPSLatitude and -Longitude; QuickTime's.
// Caption: XMP dc:description, IPTC caption, EXIF ImageDescription (not what cameras fill in by
// themselves), QuickTime's description.
//
// Never fails a file for what it holds: unknown is unknown. Errors are those of File::read_at.
// Safe to call from several threads, each with its own File.
base::Result<Capture> read_capture(runtime::File& file, std::uint64_t size_bytes,
                                   tessera::MediaFormat format);

}  // namespace tesseras::media
