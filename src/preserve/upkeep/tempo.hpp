// How fast time goes for upkeep. Audits, absences and turns (spec/audit.md, spec/repair.md) are
// written down for a node that looks at its plans once a day; one that looks more often does all of
// it faster in proportion. On the way into the functions that decide, time is stretched, and on the
// way out it is real again.
#pragma once

#include <chrono>
#include <cmath>

#include "foundation/base/time.hpp"

namespace tesseras::upkeep {

class Tempo {
 public:
  // `interval`: how often a node looks, at least a second; a day: time is as it is. `begin`: now,
  // from which on instants are stretched. Wall time is from 1970 on, so that what was written down
  // is as old after a restart as before.
  Tempo(std::chrono::seconds interval, base::Instant begin)
      : factor_(86'400.0 / static_cast<double>(interval.count())), begin_(begin) {}

  base::Instant stretched(base::Instant now) const { return begin_ + times(now - begin_, factor_); }
  base::WallTime stretched(base::WallTime now) const {
    return {static_cast<std::int64_t>(static_cast<double>(now.unix_seconds) * factor_), 0};
  }
  // The time that was stretched, to the second where a node looks once a day or more often.
  base::WallTime real(base::WallTime stretched) const {
    return {std::llround(static_cast<double>(stretched.unix_seconds) / factor_), 0};
  }
  // So long it really takes.
  base::nanoseconds real(base::nanoseconds span) const { return times(span, 1 / factor_); }

 private:
  static base::nanoseconds times(base::nanoseconds span, double factor) {
    return base::nanoseconds(static_cast<std::int64_t>(static_cast<double>(span.count()) * factor));
  }

  double factor_;
  base::Instant begin_;
};

}  // namespace tesseras::upkeep
