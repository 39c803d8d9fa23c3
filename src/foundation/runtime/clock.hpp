// Time comes in as an argument, from one of these.
#pragma once

#include <optional>
#include <string_view>

#include "foundation/base/result.hpp"
#include "foundation/base/time.hpp"

namespace tesseras::runtime {

class Clock {
 public:
  virtual ~Clock() = default;
  virtual base::Instant now() = 0;
  virtual base::WallTime wall_now() = 0;
};

// The system's clocks. The wall clock stands at SOURCE_DATE_EPOCH when that environment
// variable holds a number of seconds (reproducible-builds.org), so that archives can be
// made again bit for bit. It is read once, at the first call. Lives as long as the program.
Clock& system_clock();

// invalid: SOURCE_DATE_EPOCH is set and no such number. The system's own time holds then, so a
// program asks first: who set it wants no other.
base::Result<void> check_source_date_epoch();

// What SOURCE_DATE_EPOCH says: decimal digits alone, up to the end of the year 9999;
// nullopt for anything else.
std::optional<base::WallTime> parse_source_date_epoch(std::string_view text);

}  // namespace tesseras::runtime
