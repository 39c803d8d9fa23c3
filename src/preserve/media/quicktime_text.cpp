#include "preserve/media/quicktime_text.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "foundation/base/ascii.hpp"
#include "foundation/base/time.hpp"
#include "preserve/media/limits.hpp"
#include "preserve/media/quicktime.hpp"

namespace tesseras::media {
namespace {

// One signed number of ISO 6709, whose whole part has `degree_digits` digits for degrees and two
// more each for minutes and seconds.
std::optional<double> take_angle(std::string_view& text, std::size_t degree_digits) {
  if (text.empty() || (text[0] != '+' && text[0] != '-')) return std::nullopt;
  const double sign = text[0] == '-' ? -1 : 1;
  text.remove_prefix(1);
  std::size_t whole = 0;
  while (whole < text.size() && base::is_digit(text[whole])) ++whole;
  std::size_t length = whole;
  if (length < text.size() && text[length] == '.') {
    ++length;
    while (length < text.size() && base::is_digit(text[length])) ++length;
  }
  if (length > 32) return std::nullopt;  // no device measures an angle to so many digits
  const std::size_t groups = whole < degree_digits ? 3 : whole - degree_digits;
  if (groups != 0 && groups != 2 && groups != 4) return std::nullopt;
  std::array<double, 3> parts{};  // degrees, minutes, seconds
  std::size_t part = 0;
  double scale = 1;
  for (std::size_t i = 0; i < length; ++i) {
    if (text[i] == '.') continue;
    const double digit = text[i] - '0';
    if (i > whole) {
      scale /= 10;
      parts[part] += digit * scale;
      continue;
    }
    if (i >= degree_digits) part = (i - degree_digits) / 2 + 1;
    parts[part] = parts[part] * 10 + digit;
  }
  if (parts[1] >= 60 || parts[2] >= 60) return std::nullopt;
  text.remove_prefix(length);
  return sign * (parts[0] + parts[1] / 60 + parts[2] / 3600);
}

}  // namespace

std::uint64_t big_endian(base::ByteSpan bytes) {
  std::uint64_t value = 0;
  for (const auto byte : bytes) value = value << 8 | static_cast<std::uint64_t>(byte);
  return value;
}

std::optional<LocalTime> utc_from_1904(std::uint64_t seconds) {
  constexpr std::int64_t from_1904_to_1970_seconds = 2'082'844'800;
  constexpr std::uint64_t year_10000 = 255'485'232'000;  // in seconds since 1904
  if (seconds >= year_10000) return std::nullopt;
  LocalTime time;
  time.at = base::to_civil({static_cast<std::int64_t>(seconds) - from_1904_to_1970_seconds, 0});
  time.offset_minutes = 0;
  if (time.at.year == 1904 || time.at.year == 1970) return std::nullopt;
  return time;
}

std::string international_text(base::ByteSpan bytes) {
  if (bytes.size() < 4) return {};
  const auto length = static_cast<std::size_t>(big_endian(bytes.first(2)));
  const auto text = base::as_text(bytes.subspan(4));
  return std::string(text.substr(0, length));
}

std::string data_text(base::ByteSpan item) {
  constexpr std::size_t header_bytes = 16;  // size, "data", type, locale
  if (item.size() < header_bytes || base::as_text(item.subspan(4, 4)) != "data") return {};
  const auto size = static_cast<std::size_t>(big_endian(item.first(4)));
  if (size < header_bytes || size > item.size()) return {};
  auto text = base::as_text(item.subspan(header_bytes, size - header_bytes));
  while (!text.empty() && text.back() == '\0') text.remove_suffix(1);
  return std::string(text);
}

std::vector<std::string> parse_keys(base::ByteSpan payload) {
  std::vector<std::string> keys;
  if (payload.size() < 8) return keys;
  payload = payload.subspan(8);  // version, flags, count: the boxes say it again
  while (payload.size() >= 8) {
    const auto size = static_cast<std::size_t>(big_endian(payload.first(4)));
    if (size < 8 || size > payload.size()) break;
    keys.emplace_back(base::as_text(payload.subspan(8, size - 8)));
    payload = payload.subspan(size);
  }
  return keys;
}

std::optional<Coordinates> parse_loci(base::ByteSpan payload) {
  if (payload.size() < 6) return std::nullopt;
  payload = payload.subspan(6);  // version, flags, language
  const bool wide = payload.size() >= 2 && (big_endian(payload.first(2)) == 0xfeff ||
                                            big_endian(payload.first(2)) == 0xfffe);
  const std::size_t unit = wide ? 2 : 1;
  std::size_t end = 0;
  while (end + unit <= payload.size() && big_endian(payload.subspan(end, unit)) != 0) end += unit;
  end += unit + 1;  // the terminator, and the role
  if (payload.size() < end || payload.size() - end < 8) return std::nullopt;
  const auto angle = [&](std::size_t at) {  // 16.16 fixed point
    return static_cast<double>(static_cast<std::int32_t>(
               static_cast<std::uint32_t>(big_endian(payload.subspan(at, 4))))) /
           65536;
  };
  const Coordinates at{angle(end + 4), angle(end)};
  if (!is_known_position(at)) return std::nullopt;
  return at;
}

bool is_about_place(std::string_view text) {
  constexpr std::array<std::string_view, 9> words = {"location", "gps",   "latitude",
                                                     "iso6709",  "geo",   "photoshop:city",
                                                     "country",  "place", "position"};
  const std::string lowered = base::to_lower(text);
  return std::ranges::any_of(words, [&](auto word) { return lowered.contains(word); });
}

std::optional<Coordinates> parse_iso6709(std::string_view text) {
  const auto latitude = take_angle(text, 2);
  if (!latitude) return std::nullopt;
  const auto longitude = take_angle(text, 3);
  if (!longitude) return std::nullopt;
  const Coordinates at{*latitude, *longitude};
  if (!is_known_position(at)) return std::nullopt;
  return at;
}

}  // namespace tesseras::media
