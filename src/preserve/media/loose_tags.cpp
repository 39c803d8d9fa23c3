#include "preserve/media/loose_tags.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "foundation/base/ascii.hpp"
#include "preserve/media/id3_tags.hpp"
#include "preserve/media/limits.hpp"
#include "preserve/media/tag_names.hpp"
#include "preserve/media/tag_values.hpp"

namespace tesseras::media {
namespace {

using base::ByteSpan;
using base::Result;

constexpr std::uint64_t id3v1_bytes = 128;
constexpr std::uint64_t id3v1_more_bytes = 227;  // TAG+, in front of TAG: longer words

// One item of an APE tag: a text, or the bytes of a cover behind the name of its file.
Result<void> check_ape_item(TagCursor& cursor) {
  const auto size = TRY(cursor.little(4));
  const auto flags = TRY(cursor.little(4));
  const auto rest = base::as_text(cursor.rest());
  const auto key = TRY(cursor.text(std::min(rest.find('\0'), rest.size())));
  TRY(cursor.take(1));
  const auto value = TRY(cursor.take(size));
  const auto kind = flags >> 1 & 3U;
  if (kind == 1 && base::to_lower(key).starts_with("cover art")) {
    const auto name = base::as_text(value).find('\0');
    if (name == std::string_view::npos) return doubt("a tag in it is damaged");
    return check_cover(value.subspan(name + 1));
  }
  if (kind == 1) return doubt_data(key);
  return is_harmless_tag(key) ? Result<void>() : doubt_tag(key);
}

// APEv2: a header, the items, the same header again as a footer.
Result<std::uint64_t> ape_bytes(TagSource& source, std::uint64_t at) {
  constexpr std::uint64_t header_bytes = 32, header_flag = 1U << 29U, has_footer_flag = 1U << 30U;
  TagCursor header(TRY(source.exactly(at, header_bytes)));
  TRY(header.take(8 + 4));
  const auto size = TRY(header.little(4)), count = TRY(header.little(4));
  const auto flags = TRY(header.little(4));
  if ((flags & header_flag) == 0) return doubt("it has an APE tag without a beginning");
  if (!is_fill(header.rest())) return doubt_data("APE");
  if (count > Limits::tags_in_file_max) return doubt("it has more tags than we look at");
  const auto bytes = TRY(source.read(at + header_bytes, size));
  TagCursor cursor(bytes);
  for (std::uint64_t i = 0; i < count; ++i) TRY(check_ape_item(cursor));
  const bool has_footer = (flags & has_footer_flag) == 0;  // the flag says that there is none
  if (has_footer && !base::as_text(TRY(cursor.take(header_bytes))).starts_with("APETAGEX")) {
    return doubt("a tag in it is damaged");
  }
  if (!cursor.rest().empty()) return doubt("a tag in it is damaged");
  return header_bytes + size;
}

bool are_digits(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

std::size_t number(std::string_view digits) {
  std::size_t value = 0;
  for (const char c : digits) value = value * 10 + static_cast<std::size_t>(c - '0');
  return value;
}

// Lyrics3v2: LYRICSBEGIN, fields of three letters, five digits and words, six digits, LYRICS200.
// The first version is words, up to LYRICSEND within 5100 bytes.
Result<std::uint64_t> lyrics_bytes(TagSource& source, std::uint64_t at) {
  constexpr auto fields = std::to_array<std::string_view>(
      {"IND", "LYR", "INF", "AUT", "EAL", "EAR", "ETT", "IMG", "CRC"});
  constexpr std::size_t first_version_bytes_max = 5100 + 20;
  std::uint64_t end = at + 11;
  for (std::size_t i = 0; i < Limits::tags_in_file_max; ++i) {
    const auto head = base::as_text(TRY(source.peek(end, 15)));
    if (head.size() == 15 && are_digits(head.substr(0, 6)) && head.ends_with("LYRICS200")) {
      return end + 15 - at;
    }
    if (head.size() < 8 || !std::ranges::contains(fields, head.substr(0, 3)) ||
        !are_digits(head.substr(3, 5))) {
      break;
    }
    end += 8 + number(head.substr(3, 5));
  }
  const auto words = base::as_text(TRY(source.peek(at, first_version_bytes_max)));
  const auto mark = words.find("LYRICSEND");
  if (mark == std::string_view::npos) return doubt("its lyrics cannot be read");
  return mark + 9;
}

}  // namespace

Result<std::uint64_t> loose_tag_bytes(TagSource& source, std::uint64_t at) {
  const auto head = TRY(source.peek(at, 11));
  const auto text = base::as_text(head);
  if (const auto size = id3_tag_bytes(head); size != 0) {
    TRY(check_id3(TRY(source.read(at, size))));
    return size;
  }
  if (text.starts_with("ID3")) return doubt("a tag in it is damaged");
  if (text.starts_with("APETAGEX")) return ape_bytes(source, at);
  if (text == "LYRICSBEGIN") return lyrics_bytes(source, at);
  if (!text.starts_with("TAG")) return std::uint64_t{0};
  const auto size = text.starts_with("TAG+") ? id3v1_more_bytes : id3v1_bytes;
  if (size > source.size() - at) return doubt("it is cut off");
  return size;
}

Result<void> check_loose_tags(TagSource& source, std::uint64_t at) {
  while (at < source.size()) {
    const auto size = TRY(loose_tag_bytes(source, at));
    if (size == 0) break;
    at += size;
  }
  if (at > source.size()) return doubt("it is cut off");
  if (!TRY(source.is_fill(at, source.size()))) {
    return doubt("something of unknown meaning lies behind its sound");
  }
  return {};
}

}  // namespace tesseras::media
