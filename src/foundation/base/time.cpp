#include "foundation/base/time.hpp"

#include <fmt/format.h>

#include "foundation/base/assert.hpp"

namespace tesseras::base {
namespace {

namespace chrono = std::chrono;

// Fixed-width decimal number at `at`; nullopt when any character is no digit.
std::optional<int> digits(std::string_view text, std::size_t at, std::size_t count) {
  int value = 0;
  for (const char c : text.substr(at, count)) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + (c - '0');
  }
  return value;
}

chrono::year_month_day date_of(const CivilTime& time) {
  return chrono::year(time.year) / chrono::month(static_cast<unsigned>(time.month)) /
         chrono::day(static_cast<unsigned>(time.day));
}

}  // namespace

bool is_valid(const CivilTime& time) {
  const auto within = [](int value, int low, int high) { return value >= low && value <= high; };
  return within(time.year, 0, 9999) && within(time.month, 1, 12) && within(time.day, 1, 31) &&
         date_of(time).ok() && within(time.hour, 0, 23) && within(time.minute, 0, 59) &&
         within(time.second, 0, 59);
}

CivilTime to_civil(WallTime time) {
  const chrono::sys_seconds at{chrono::seconds(time.unix_seconds)};
  const auto day = chrono::floor<chrono::days>(at);
  const chrono::year_month_day date(day);
  const chrono::hh_mm_ss clock(at - day);
  return {.year = static_cast<int>(date.year()),
          .month = static_cast<int>(static_cast<unsigned>(date.month())),
          .day = static_cast<int>(static_cast<unsigned>(date.day())),
          .hour = static_cast<int>(clock.hours().count()),
          .minute = static_cast<int>(clock.minutes().count()),
          .second = static_cast<int>(clock.seconds().count())};
}

std::optional<WallTime> from_civil(const CivilTime& time) {
  if (!is_valid(time)) return std::nullopt;
  const chrono::sys_seconds at = chrono::sys_days(date_of(time)) + chrono::hours(time.hour) +
                                 chrono::minutes(time.minute) + chrono::seconds(time.second);
  return WallTime{at.time_since_epoch().count(), 0};
}

std::string to_text(const CivilTime& time) {
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", time.year, time.month, time.day,
                     time.hour, time.minute, time.second);
}

std::string to_rfc3339(WallTime time) {
  std::string text = to_text(to_civil(time));
  if (time.nanoseconds != 0) {
    text += fmt::format(".{:09}", time.nanoseconds);
    text.erase(text.find_last_not_of('0') + 1);
  }
  return text + 'Z';
}

std::optional<WallTime> from_rfc3339_seconds(std::string_view text) {
  constexpr std::string_view pattern = "0000-00-00T00:00:00Z";
  if (text.size() != pattern.size()) return std::nullopt;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] != '0' && pattern[i] != text[i]) return std::nullopt;
  }
  const auto year = digits(text, 0, 4), month = digits(text, 5, 2), day = digits(text, 8, 2);
  const auto hour = digits(text, 11, 2), minute = digits(text, 14, 2), second = digits(text, 17, 2);
  if (!year || !month || !day || !hour || !minute || !second) return std::nullopt;
  return from_civil({*year, *month, *day, *hour, *minute, *second});
}

}  // namespace tesseras::base
