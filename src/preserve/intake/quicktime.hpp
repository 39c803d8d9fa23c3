// What a QuickTime, MP4 or M4A file says about itself (ISO/IEC 14496-12; Apple's QuickTime File
// Format Specification, "Movie Atoms" and "Metadata"). Reads box headers and the few boxes
// below, wherever in the file the movie box lies; samples are never read.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "foundation/base/result.hpp"
#include "foundation/runtime/disk.hpp"
#include "preserve/intake/moment.hpp"

namespace tesseras::intake {

// A stretch of the file that holds a position, to be overwritten when it has to go.
struct PositionBox {
  std::uint64_t type_offset = 0;  // of the box's four-letter type
  std::uint64_t payload_offset = 0;
  std::uint64_t payload_bytes = 0;
  std::string name;  // as said to people: "QuickTime location (©xyz)"
};

struct QuickTime {
  bool has_movie = false;
  bool has_video = false;                // a track whose handler is vide
  bool has_sound = false;                // soun
  std::optional<LocalTime> created;      // com.apple.quicktime.creationdate (or ©day), as stated
  std::optional<LocalTime> created_utc;  // mvhd: seconds since 1904 in UTC; 0, 1904, 1970: unknown
  std::optional<Coordinates> position;   // …location.ISO6709, ©xyz or loci, in this order
  std::string description;               // …description, ©des or desc
  std::vector<PositionBox> position_boxes;  // in order of their offset
  // Everything in the movie's and tracks' metadata was understood, so that when there is no
  // position box there is no position we know of. False too for timed metadata tracks, which may
  // hold a position with every frame.
  bool understood = true;
};

// Never fails for what the file holds: what cannot be read is unknown. Errors are those of
// File::read_at.
base::Result<QuickTime> read_quicktime(runtime::File& file, std::uint64_t size_bytes);

// ISO 6709: "+41.7670-008.5840+012.3/"; degrees, degrees-minutes or degrees-minutes-seconds.
std::optional<Coordinates> parse_iso6709(std::string_view text);

}  // namespace tesseras::intake
