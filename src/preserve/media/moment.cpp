#include "preserve/media/moment.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "foundation/base/ascii.hpp"

namespace tesseras::media {
namespace {

constexpr int offset_minutes_max = 14 * 60;  // Kiribati; no zone is further from UTC

// Takes exactly `count` digits from the front of `text`.
std::optional<int> take_digits(std::string_view& text, std::size_t count) {
  if (text.size() < count) return std::nullopt;
  int value = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (!base::is_digit(text[i])) return std::nullopt;
    value = value * 10 + (text[i] - '0');
  }
  text.remove_prefix(count);
  return value;
}

bool take(std::string_view& text, char expected) {
  if (text.empty() || text.front() != expected) return false;
  text.remove_prefix(1);
  return true;
}

// "Z", "+01:00", "-0330" or "+01" as the rest of `text`; nullopt for anything else.
std::optional<int> take_offset(std::string_view text) {
  if (text == "Z" || text == "z") return 0;
  const bool west = take(text, '-');
  if (!west && !take(text, '+')) return std::nullopt;
  const auto hours = take_digits(text, 2);
  if (!hours) return std::nullopt;
  int minutes = 0;
  if (!text.empty()) {
    take(text, ':');
    const auto parsed = take_digits(text, 2);
    if (!parsed || *parsed > 59 || !text.empty()) return std::nullopt;
    minutes = *parsed;
  }
  const int total = *hours * 60 + minutes;
  if (total > offset_minutes_max) return std::nullopt;
  return west ? -total : total;
}

}  // namespace

std::string to_text(const LocalTime& time) {
  std::string text = base::to_text(time.at);
  if (!time.fraction.empty()) text += "." + time.fraction;
  if (time.offset_minutes) {
    const int minutes = std::abs(*time.offset_minutes);
    if (minutes == 0) {
      text += 'Z';
    } else {
      text += fmt::format("{}{:02}:{:02}", *time.offset_minutes < 0 ? '-' : '+', minutes / 60,
                          minutes % 60);
    }
  }
  return text;
}

std::optional<LocalTime> parse_local_time(std::string_view text) {
  LocalTime time;
  const auto year = take_digits(text, 4);
  if (!year || !take(text, '-')) return std::nullopt;
  const auto month = take_digits(text, 2);
  if (!month || !take(text, '-')) return std::nullopt;
  const auto day = take_digits(text, 2);
  if (!day || !(take(text, 'T') || take(text, ' '))) return std::nullopt;
  const auto hour = take_digits(text, 2);
  if (!hour || !take(text, ':')) return std::nullopt;
  const auto minute = take_digits(text, 2);
  if (!minute || !take(text, ':')) return std::nullopt;
  const auto second = take_digits(text, 2);
  if (!second) return std::nullopt;
  time.at = {*year, *month, *day, *hour, *minute, *second};
  if (!base::is_valid(time.at)) return std::nullopt;
  if (take(text, '.')) {
    while (!text.empty() && base::is_digit(text.front())) {
      time.fraction += text.front();
      text.remove_prefix(1);
    }
    if (time.fraction.empty() || time.fraction.size() > 9) return std::nullopt;
  }
  if (!text.empty()) {
    time.offset_minutes = take_offset(text);
    if (!time.offset_minutes) return std::nullopt;
  }
  return time;
}

bool is_known_time(const LocalTime& time) {
  const auto& at = time.at;
  if (at.month == 1 && at.day == 1) return at.year != 1904 && at.year != 1970;
  return !(at.year == 1969 && at.month == 12 && at.day == 31);
}

std::optional<ApproximateDate> parse_approximate_date(std::string_view text) {
  ApproximateDate date{ApproximateDate::Kind::year, std::string(text)};
  const auto year = take_digits(text, 4);
  if (!year) return std::nullopt;
  if (text.empty()) return date;
  date.kind = ApproximateDate::Kind::year_month;
  if (!take(text, '-')) return std::nullopt;
  const auto month = take_digits(text, 2);
  if (!month || *month < 1 || *month > 12) return std::nullopt;
  if (text.empty()) return date;
  date.kind = ApproximateDate::Kind::full;
  if (!take(text, '-')) return std::nullopt;
  const auto day = take_digits(text, 2);
  if (!day || !text.empty()) return std::nullopt;
  if (!base::is_valid({*year, *month, *day, 0, 0, 0})) return std::nullopt;
  return date;
}

bool is_known_position(const Coordinates& at) {
  if (!std::isfinite(at.latitude) || !std::isfinite(at.longitude)) return false;
  if (std::abs(at.latitude) > 90 || std::abs(at.longitude) > 180) return false;
  return at.latitude != 0 || at.longitude != 0;
}

}  // namespace tesseras::media
