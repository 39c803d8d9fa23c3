// Two clocks, two types. Instant only measures distances and is never written down;
// WallTime is what calendars show and may jump. Both are passed in, never fetched here.
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

namespace tesseras::base {

using std::chrono::nanoseconds;

// A moment of a monotonic clock, in nanoseconds since a beginning that means nothing.
struct Instant {
  std::int64_t nanoseconds_since_start = 0;

  static constexpr Instant never() { return {std::numeric_limits<std::int64_t>::max()}; }

  auto operator<=>(const Instant&) const = default;
  friend constexpr Instant operator+(Instant at, nanoseconds by) {
    return {at.nanoseconds_since_start + by.count()};
  }
  friend constexpr nanoseconds operator-(Instant later, Instant earlier) {
    return nanoseconds(later.nanoseconds_since_start - earlier.nanoseconds_since_start);
  }
};

// A moment in UTC: seconds since 1970-01-01T00:00:00Z, leap seconds not counted, and the
// nanoseconds past that second (0 to 999,999,999).
struct WallTime {
  std::int64_t unix_seconds = 0;
  std::int32_t nanoseconds = 0;

  auto operator<=>(const WallTime&) const = default;
};

// A date and time of day in the proleptic Gregorian calendar, in no particular zone.
struct CivilTime {
  int year = 1970;  // 0000 to 9999, so that it can always be written with four digits
  int month = 1;
  int day = 1;
  int hour = 0;
  int minute = 0;
  int second = 0;

  auto operator<=>(const CivilTime&) const = default;
};

// True when the date exists and the time of day does (no leap second, no 24:00).
bool is_valid(const CivilTime& time);

CivilTime to_civil(WallTime time);                          // as UTC
std::optional<WallTime> from_civil(const CivilTime& time);  // from UTC; nullopt if not valid

// "2026-02-14T09:30:00Z"; with the fraction's digits as needed where it is not zero.
std::string to_rfc3339(WallTime time);
// "2026-02-14T09:30:00", no zone.
std::string to_text(const CivilTime& time);

// Exactly "YYYY-MM-DDTHH:MM:SSZ" of a time that exists; nullopt for anything else.
std::optional<WallTime> from_rfc3339_seconds(std::string_view text);

}  // namespace tesseras::base
