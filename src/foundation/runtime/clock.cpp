#include "foundation/runtime/clock.hpp"

#include <charconv>
#include <chrono>
#include <cstdlib>

#include "foundation/base/text.hpp"

namespace tesseras::runtime {
namespace {

// 9999-12-31T23:59:59Z: the last second that four digits of a year can write.
constexpr std::int64_t last_second = 253'402'300'799;

constexpr const char* source_date_epoch = "SOURCE_DATE_EPOCH";

class SystemClock final : public Clock {
 public:
  SystemClock() {
    // Read before threads begin to matter: getenv is only safe while nobody calls setenv.
    if (const char* text = std::getenv(source_date_epoch))
      standing_ = parse_source_date_epoch(text);
  }

  base::Instant now() override {
    const auto since = std::chrono::steady_clock::now().time_since_epoch();
    return {std::chrono::duration_cast<std::chrono::nanoseconds>(since).count()};
  }

  base::WallTime wall_now() override {
    if (standing_) return *standing_;
    const auto since = std::chrono::system_clock::now().time_since_epoch();
    const auto seconds = std::chrono::floor<std::chrono::seconds>(since);
    const auto rest = std::chrono::duration_cast<std::chrono::nanoseconds>(since - seconds);
    return {seconds.count(), static_cast<std::int32_t>(rest.count())};
  }

 private:
  std::optional<base::WallTime> standing_;
};

}  // namespace

Clock& system_clock() {
  static SystemClock clock;
  return clock;
}

base::Result<void> check_source_date_epoch() {
  const char* text = std::getenv(source_date_epoch);
  if (text == nullptr || parse_source_date_epoch(text)) return {};
  return base::fail(base::Code::invalid,
                    "{} is '{}', which is no number of seconds since 1970 up to the year 9999; "
                    "correct it or unset it",
                    source_date_epoch, base::to_printable(text));
}

std::optional<base::WallTime> parse_source_date_epoch(std::string_view text) {
  std::int64_t seconds = 0;
  const char* end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, seconds);
  if (error != std::errc{} || stopped != end || text.starts_with('-')) return std::nullopt;
  if (seconds > last_second) return std::nullopt;
  return base::WallTime{seconds, 0};
}

}  // namespace tesseras::runtime
