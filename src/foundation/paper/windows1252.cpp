#include "foundation/paper/windows1252.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

#include "foundation/base/text.hpp"

namespace tesseras::paper {
namespace {

using base::Code;

// 0x80 to 0x9f; 0 where there is no letter.
constexpr std::array<std::uint32_t, 32> upper_controls = {
    0x20ac, 0,      0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160,
    0x2039, 0x0152, 0,      0x017d, 0,      0,      0x2018, 0x2019, 0x201c, 0x201d, 0x2022,
    0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0,      0x017e, 0x0178};

// Takes a letter off the front of well-formed UTF-8.
std::uint32_t next_letter(std::string_view& text) {
  const auto byte_at = [&](std::size_t at) { return static_cast<unsigned char>(text[at]); };
  const unsigned first = byte_at(0);
  const std::size_t size = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  std::uint32_t letter = size == 1 ? first : first & (0xffU >> (size + 1));
  for (std::size_t at = 1; at < size; ++at) letter = letter << 6U | (byte_at(at) & 0x3fU);
  text.remove_prefix(size);
  return letter;
}

// 0 where there is none.
std::uint32_t byte_of(std::uint32_t letter) {
  const bool is_same = (letter >= 0x20 && letter < 0x7f) || (letter >= 0xa0 && letter <= 0xff);
  if (is_same) return letter;
  const auto* const found = std::ranges::find(upper_controls, letter);
  if (letter == 0 || found == upper_controls.end()) return 0;
  return 0x80 + static_cast<std::uint32_t>(found - upper_controls.begin());
}

}  // namespace

base::Result<std::string> to_windows1252(std::string_view text) {
  if (!base::is_utf8(text)) return base::fail(Code::invalid, "a text to be printed is not UTF-8");
  std::string bytes;
  bytes.reserve(text.size());
  while (!text.empty()) {
    const auto letter = next_letter(text);
    const auto byte = byte_of(letter);
    if (byte == 0)
      return base::fail(Code::invalid, "the letter U+{:04X} cannot be printed", letter);
    bytes += static_cast<char>(byte);
  }
  return bytes;
}

}  // namespace tesseras::paper
