// From when a sealed tessera may be opened, as a person says it.
#pragma once

#include <string_view>

#include "foundation/base/result.hpp"
#include "foundation/base/time.hpp"

namespace tesseras::sealing {

// Of `text`, said at `now`:
//   2050-01-01                that day is over everywhere on Earth: 12:00 UTC on the next one
//   2050-01-01T18:00:00Z      that second
//   25y, 6mo, 3w, 10d, 12h, 30m, 5s   so long from now; months and years as the calendar has them,
//                             a day that a month lacks being its last
// invalid: it is none of these, is not ahead of now, or is beyond the year 9999.
base::Result<base::WallTime> open_after_from(std::string_view text, base::WallTime now);

}  // namespace tesseras::sealing
