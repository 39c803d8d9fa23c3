// Time comes in as an argument, from one of these.
#pragma once

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
// made again bit for bit. Lives as long as the program.
Clock& system_clock();

}  // namespace tesseras::runtime
