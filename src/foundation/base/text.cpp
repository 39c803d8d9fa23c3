#include "foundation/base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <vector>

#include "foundation/base/bytes.hpp"

namespace tesseras::base {
namespace {

unsigned byte_at(std::string_view text, std::size_t i) {
  return static_cast<unsigned char>(text[i]);
}

// Length of the well-formed sequence at `i`, or 0. Unicode 15, table 3-7.
std::size_t sequence_length(std::string_view text, std::size_t i) {
  const unsigned lead = byte_at(text, i);
  if (lead < 0x80) return 1;
  std::size_t length = 0;
  unsigned low = 0x80, high = 0xbf;  // allowed range of the second byte
  if (lead >= 0xc2 && lead <= 0xdf) {
    length = 2;
  } else if (lead >= 0xe0 && lead <= 0xef) {
    length = 3;
    if (lead == 0xe0) low = 0xa0;
    if (lead == 0xed) high = 0x9f;
  } else if (lead >= 0xf0 && lead <= 0xf4) {
    length = 4;
    if (lead == 0xf0) low = 0x90;
    if (lead == 0xf4) high = 0x8f;
  } else {
    return 0;
  }
  if (text.size() - i < length) return 0;
  if (byte_at(text, i + 1) < low || byte_at(text, i + 1) > high) return 0;
  for (std::size_t j = 2; j < length; ++j) {
    if ((byte_at(text, i + j) & 0xc0U) != 0x80U) return 0;
  }
  return length;
}

constexpr std::string_view replacement = "\xef\xbf\xbd";

bool is_plain(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' ||
         c == '_' || c == '/' || c == '-';
}

// Levenshtein's, with two letters in each other's place counted as one slip (optimal string
// alignment): that is what fingers do.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1), above(b.size() + 1), row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::swap(before, above);
    std::swap(above, row);
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t substituted = above[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, substituted});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) row[j] = std::min(row[j], before[j - 2] + 1);
    }
  }
  return row[b.size()];
}

// U+202A to U+202E and U+2066 to U+2069 turn the rest of a line round (Unicode Annex 9), so that
// "gpj.exe" reads as another name. The code point that begins here, or 0.
unsigned direction_control_at(std::string_view text, std::size_t at) {
  if (byte_at(text, at) != 0xe2) return 0;
  const unsigned second = byte_at(text, at + 1), third = byte_at(text, at + 2);
  if (second == 0x80 && third >= 0xaa && third <= 0xae) return 0x2000 + (third & 0x3fU);
  if (second == 0x81 && third >= 0xa6 && third <= 0xa9) return 0x2040 + (third & 0x3fU);
  return 0;
}

}  // namespace

bool is_utf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = sequence_length(text, i);
    if (length == 0) return false;
    i += length;
  }
  return true;
}

std::string to_utf8_lossy(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = sequence_length(text, i);
    out += length == 0 ? replacement : text.substr(i, length);
    i += std::max<std::size_t>(length, 1);
  }
  return out;
}

std::string to_printable(std::string_view text) {
  std::string out;
  const std::string lossy = to_utf8_lossy(text);
  for (std::size_t i = 0; i < lossy.size(); ++i) {
    const unsigned c = byte_at(lossy, i);
    // U+0080 to U+009F are controls too: terminals obey some of them.
    const bool c1 = c == 0xc2 && byte_at(lossy, i + 1) < 0xa0;
    if (c == '\n') {
      out += "\\n";
    } else if (c == '\t') {
      out += "\\t";
    } else if (c == '\r') {
      out += "\\r";
    } else if (c < 0x20 || c == 0x7f) {
      out += fmt::format("\\x{:02x}", c);
    } else if (c1) {
      out += fmt::format("\\u{:04x}", byte_at(lossy, ++i));
    } else if (const unsigned code = direction_control_at(lossy, i); code != 0) {
      out += fmt::format("\\u{:04x}", code);
      i += 2;
    } else {
      out += lossy[i];
    }
  }
  return out;
}

bool has_control(std::string_view text) {
  return std::ranges::any_of(text, [](char c) {
    const auto value = static_cast<unsigned char>(c);
    return value < 0x20 || value == 0x7f;
  });
}

std::string percent_encode(std::string_view bytes) {
  if (std::ranges::all_of(bytes, is_plain)) return std::string(bytes);
  std::string out;
  out.reserve(bytes.size());
  for (const char c : bytes) {
    if (is_plain(c)) {
      out += c;
    } else {
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

std::optional<std::string> percent_decode(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      if (!is_plain(text[i])) return std::nullopt;
      out += text[i];
      continue;
    }
    const std::string_view escape = text.substr(i + 1, 2);
    std::array<std::byte, 1> byte{};
    if (!from_hex(escape, byte)) return std::nullopt;
    const char c = static_cast<char>(byte[0]);
    const bool lower_case = std::ranges::any_of(escape, [](char d) { return d >= 'a'; });
    if (lower_case || is_plain(c)) return std::nullopt;
    out += c;
    i += 2;
  }
  return out;
}

std::optional<std::uint64_t> decimal_from(std::string_view text, std::uint64_t max) {
  if (text.empty() || (text.size() > 1 && text.front() == '0')) return std::nullopt;
  std::uint64_t value = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || stop != end || value > max) return std::nullopt;
  return value;
}

std::string_view nearest(std::string_view word, std::span<const std::string_view> candidates) {
  std::string_view best;
  std::size_t best_distance = std::numeric_limits<std::size_t>::max();
  for (const std::string_view candidate : candidates) {
    // A third of the letters wrong is a slip of the fingers; more is another word.
    const std::size_t letters = std::max(word.size(), candidate.size());
    const std::size_t d = distance(word, candidate);
    if (d <= std::max<std::size_t>(letters / 3, 1) && d < best_distance) {
      best = candidate;
      best_distance = d;
    }
  }
  return best;
}

std::string human_size(std::uint64_t size_bytes) {
  constexpr std::array units = {"B", "KB", "MB", "GB", "TB", "PB", "EB"};
  std::size_t unit = 0;
  std::uint64_t whole = size_bytes, rest = 0;
  while ((whole >= 1024 || (whole == 1023 && rest >= 512)) && unit + 1 < units.size()) {
    rest = whole % 1024;
    whole /= 1024;
    ++unit;
  }
  // A tenth of a megabyte matters to nobody, half a gigabyte does.
  const std::uint64_t tenths = (rest * 10 + 512) / 1024;
  if (unit >= 3 && whole < 10 && tenths % 10 != 0) {
    return fmt::format("{}.{} {}", whole, tenths, units[unit]);
  }
  return fmt::format("{} {}", whole + (rest >= 512 ? 1 : 0), units[unit]);
}

std::string counted(std::uint64_t count, std::string_view one, std::string_view many) {
  if (count == 1) return fmt::format("1 {}", one);
  return many.empty() ? fmt::format("{} {}s", count, one) : fmt::format("{} {}", count, many);
}

}  // namespace tesseras::base
