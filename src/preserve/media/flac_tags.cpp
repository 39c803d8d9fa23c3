#include "preserve/media/flac_tags.hpp"

#include <algorithm>
#include <array>

#include "preserve/media/limits.hpp"
#include "preserve/media/loose_tags.hpp"
#include "preserve/media/quicktime_text.hpp"
#include "preserve/media/vorbis_tags.hpp"

namespace tesseras::media {
namespace {

using base::ByteSpan;
using base::Result;

constexpr std::size_t frame_header_bytes_max = 16;  // RFC 9639 section 9.1

constexpr std::array<std::uint16_t, 256> crc16_table = [] {
  std::array<std::uint16_t, 256> table{};
  for (unsigned i = 0; i < table.size(); ++i) {
    unsigned value = i << 8;
    for (int bit = 0; bit < 8; ++bit) value = value << 1 ^ ((value & 0x8000U) != 0 ? 0x8005U : 0U);
    table[i] = static_cast<std::uint16_t>(value);
  }
  return table;
}();

unsigned crc8(ByteSpan bytes) {
  unsigned crc = 0;
  for (const auto byte : bytes) {
    crc ^= static_cast<unsigned>(byte);
    for (int bit = 0; bit < 8; ++bit) crc = (crc << 1 ^ ((crc & 0x80U) != 0 ? 0x07U : 0U)) & 0xffU;
  }
  return crc;
}

// RFC 9639 section 9.1: a frame's header begins here, and its checksum holds.
bool is_frame_header(ByteSpan head) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned>(head[i]); };
  if (head.size() < 6 || byte(0) != 0xff || (byte(1) & 0xfeU) != 0xf8) return false;
  const auto block_size = byte(2) >> 4, rate = byte(2) & 15U;
  const auto channels = byte(3) >> 4, depth = byte(3) >> 1 & 7U;
  if (block_size == 0 || rate == 15 || channels > 10 || depth == 3 || (byte(3) & 1U) != 0) {
    return false;
  }
  std::size_t number = 1;  // coded as UTF-8 is, up to seven bytes
  if ((byte(4) & 0x80U) != 0) {
    number = 0;
    for (unsigned mask = 0x80; mask > 1 && (byte(4) & mask) != 0; mask >>= 1) ++number;
    if (number < 2) return false;
  }
  const std::size_t size = 4 + number +
                           (block_size == 6   ? 1U
                            : block_size == 7 ? 2U
                                              : 0U) +
                           (rate == 12                 ? 1U
                            : rate == 13 || rate == 14 ? 2U
                                                       : 0U);
  return size < head.size() && crc8(head.first(size)) == byte(size);
}

// Where the last frame ends: at the end of the file, or at tags that stand behind it.
Result<std::uint64_t> end_of_frames(TagSource& source, std::uint64_t at) {
  if (at == source.size()) return at;
  if (!is_frame_header(TRY(source.peek(at, frame_header_bytes_max)))) {
    return doubt("its sound is damaged");
  }
  base::Bytes block(TagSource::window_bytes);
  std::uint64_t last_end = at;
  unsigned crc = 0;
  for (std::uint64_t from = at; from < source.size();) {
    const auto some = ByteSpan(block).first(TRY(source.read_into(from, block)));
    if (some.empty()) return doubt("it is cut off");
    for (const auto byte : some) {
      crc = (crc << 8 & 0xff00U) ^ crc16_table[crc >> 8 ^ static_cast<unsigned>(byte)];
      ++from;
      // Over a frame and its checksum it is 0, and by chance once in 65536 bytes.
      if (crc != 0) continue;
      const auto head = TRY(source.peek(from, frame_header_bytes_max));
      if (head.empty() || is_frame_header(head)) {
        last_end = from;
      } else if (const auto text = base::as_text(head);
                 text.starts_with("TAG") || text.starts_with("ID3") ||
                 text.starts_with("APETAGEX") || text.starts_with("LYRICSBEGIN")) {
        return from;
      }
    }
  }
  return last_end;
}

}  // namespace

Result<void> check_flac(TagSource& source) {
  std::uint64_t at = 0;
  while (const auto tag = TRY(loose_tag_bytes(source, at))) at += tag;
  if (base::as_text(TRY(source.exactly(at, 4))) != "fLaC") return doubt("its structure is damaged");
  at += 4;
  for (std::size_t blocks = 0;; ++blocks) {
    if (blocks >= Limits::tags_in_file_max) return doubt("it has more tags than we look at");
    const auto header = big_endian(TRY(source.exactly(at, 4)));
    const auto size = header & 0xffffffU;
    TRY(check_flac_block(static_cast<std::uint8_t>(header >> 24 & 0x7fU),
                         TRY(source.read(at + 4, size))));
    at += 4 + size;
    if ((header & 0x80000000U) != 0) break;
  }
  return check_loose_tags(source, TRY(end_of_frames(source, at)));
}

}  // namespace tesseras::media
