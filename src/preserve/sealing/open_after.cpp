#include "preserve/sealing/open_after.hpp"

#include <charconv>
#include <chrono>
#include <cstdint>
#include <optional>

#include "foundation/base/text.hpp"

namespace tesseras::sealing {
namespace {

using base::WallTime;
using std::chrono::sys_days;
using std::chrono::sys_seconds;

// The day is over last in UTC-12.
constexpr std::int64_t over_everywhere_seconds = (24 + 12) * 3600;
// 8,000 years, in seconds: no sum below overflows.
constexpr std::int64_t count_max = std::int64_t{8000} * 366 * 86'400;
// The same in months: the calendar's years have 16 bits.
constexpr std::int64_t months_max = std::int64_t{8000} * 12;
// Beyond the year 9999, and refused as such.
constexpr WallTime too_far{std::int64_t{10'000} * 366 * 86'400, 0};

std::optional<WallTime> day_over(std::string_view text) {
  const auto begin = base::from_rfc3339_seconds(std::string(text) + "T00:00:00Z");
  if (!begin || text.size() != 10) return std::nullopt;
  return WallTime{begin->unix_seconds + over_everywhere_seconds, 0};
}

WallTime after_months(WallTime now, std::int64_t months) {
  const sys_seconds at{std::chrono::seconds(now.unix_seconds)};
  const auto day = std::chrono::floor<std::chrono::days>(at);
  auto date = std::chrono::year_month_day(day) + std::chrono::months(months);
  if (!date.ok()) date = date.year() / date.month() / std::chrono::last;
  const sys_seconds then = sys_days(date) + (at - day);
  return {then.time_since_epoch().count(), 0};
}

std::optional<WallTime> after(std::string_view text, WallTime now) {
  std::int64_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error != std::errc() || count <= 0) return std::nullopt;
  const auto unit = text.substr(static_cast<std::size_t>(end - text.data()));
  if (unit == "y" || unit == "mo") {
    const std::int64_t each = unit == "y" ? 12 : 1;
    return count > months_max / each ? too_far : after_months(now, each * count);
  }
  std::int64_t seconds = 0;
  if (unit == "w") seconds = 7 * 86'400;
  if (unit == "d") seconds = 86'400;
  if (unit == "h") seconds = 3600;
  if (unit == "m") seconds = 60;
  if (unit == "s") seconds = 1;
  if (seconds == 0) return std::nullopt;
  if (count > count_max / seconds) return too_far;
  return WallTime{now.unix_seconds + count * seconds, 0};
}

}  // namespace

base::Result<WallTime> open_after_from(std::string_view text, WallTime now) {
  const auto last = base::from_rfc3339_seconds("9999-12-31T23:59:59Z");
  auto time = day_over(text);
  if (!time) time = base::from_rfc3339_seconds(text);
  if (!time) time = after(text, now);
  if (!time) {
    return base::fail(base::Code::invalid,
                      "'{}' is neither a day such as 2050-12-31, nor a time such as "
                      "2050-12-31T18:00:00Z, nor a while such as 25y, 6mo, 3w, 10d, 12h, 30m or 5s",
                      base::to_printable(text));
  }
  if (*time <= now) {
    return base::fail(base::Code::invalid, "{} is over already: it would be open at once",
                      base::to_rfc3339(*time));
  }
  if (*time > *last) {
    return base::fail(base::Code::invalid, "'{}' is beyond the year 9999",
                      base::to_printable(text));
  }
  return *time;
}

}  // namespace tesseras::sealing
