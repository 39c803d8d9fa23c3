// What a QuickTime, MP4 or M4A file says about itself (ISO/IEC 14496-12; Apple's QuickTime File
// Format Specification, "Movie Atoms" and "Metadata"). Reads box headers and the few boxes
// below, wherever in the file the movie box lies; samples are never read.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "foundation/base/result.hpp"
#include "foundation/runtime/disk.hpp"
#include "preserve/media/moment.hpp"

namespace tesseras::media {

// A box that holds a position, or metadata whose meaning is not known: what has to be blanked for
// the file to hold no position. Boxes that are needed to play the file are never among them.
struct PositionBox {
  std::uint64_t type_offset = 0;  // of the box's four-letter type
  std::uint64_t payload_offset = 0;
  std::uint64_t payload_bytes = 0;
  std::string name;      // as said to people: "position removed from QuickTime ©xyz"
  bool certain = false;  // it does hold a place; false: it may

  bool operator==(const PositionBox&) const = default;
};

struct QuickTime {
  bool has_movie = false;
  bool has_video = false;                   // a track whose handler is vide
  bool has_sound = false;                   // soun
  std::optional<LocalTime> created;         // com.apple.quicktime.creationdate or ©day, as stated
  std::optional<LocalTime> created_utc;     // mvhd, in UTC; the years 1904 and 1970 mean unknown
  std::optional<Coordinates> position;      // …location.ISO6709, else ©xyz, else loci
  std::string description;                  // …description, ©des or desc; UTF-8
  std::vector<PositionBox> position_boxes;  // in order of their offset
  // Why it is not certain that blanking position_boxes leaves no position; empty when it is.
  std::string unclear;
};

// Never fails for what the file holds: what cannot be read is unknown. Errors are those of
// File::read_at.
base::Result<QuickTime> read_quicktime(runtime::File& file, std::uint64_t size_bytes);

// ISO 6709: "+41.7670-008.5840+012.3/"; degrees, degrees-minutes or degrees-minutes-seconds.
std::optional<Coordinates> parse_iso6709(std::string_view text);

}  // namespace tesseras::media
