// When and where: values as they are known, and not a bit more exact than that.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "foundation/base/time.hpp"
#include "preserve/tessera/meta.hpp"

namespace tesseras::media {

// A local time; what it was in UTC is known only when the source states the offset.
struct LocalTime {
  base::CivilTime at;
  std::string fraction;               // 0 to 9 digits after the second, as stated: "5", "120"
  std::optional<int> offset_minutes;  // east of UTC, -14:00 to +14:00; 0 is UTC

  bool operator==(const LocalTime&) const = default;
};

// "1974-06-02T15:30:00", ".5" if there is a fraction, and "Z", "+01:00" where stated.
std::string to_text(const LocalTime& time);

// Exactly that form; a space is taken for the T. nullopt for a date that does not exist.
std::optional<LocalTime> parse_local_time(std::string_view text);

// False for the first day of 1904 or of 1970, or the last of 1969: a clock that was never set,
// as told by the device or shifted by somebody's offset.
bool is_known_time(const LocalTime& time);

using tessera::ApproximateDate;
using tessera::Coordinates;
using tessera::Origin;

// "1974", "1974-06" or "1974-06-02"; nullopt for anything else or a date that does not exist.
std::optional<ApproximateDate> parse_approximate_date(std::string_view text);

using AuthorDate = std::variant<ApproximateDate, LocalTime>;

// False for what is out of range or not a number, and for (0, 0) exactly: devices without a fix
// write zeros, and nobody photographs that spot of open sea to the sixth decimal.
bool is_known_position(const Coordinates& at);

}  // namespace tesseras::media
