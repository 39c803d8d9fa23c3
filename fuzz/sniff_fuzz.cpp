// The beginnings of files, QuickTime boxes and the structures of pictures. The first byte of the
// input chooses the file's name.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "foundation/base/assert.hpp"
#include "foundation/base/bytes.hpp"
#include "foundation/base/text.hpp"
#include "preserve/media/image_parts.hpp"
#include "preserve/media/image_ranges.hpp"
#include "preserve/media/limits.hpp"
#include "preserve/media/quicktime.hpp"
#include "preserve/media/sniff.hpp"
#include "preserve/media/strip_image.hpp"
#include "preserve/media/testing.hpp"
#include "preserve/tessera/syntax.hpp"

namespace tesseras {
namespace {

void check_movie(runtime::File& file, std::size_t size) {
  const auto movie = media::read_quicktime(file, size);
  ASSERT(movie.has_value());
  for (const auto& box : movie->position_boxes) {
    ASSERT(box.type_offset + 4 <= box.payload_offset);
    ASSERT(box.payload_offset <= size && box.payload_bytes <= size - box.payload_offset);
  }
  if (movie->position) ASSERT(media::is_known_position(*movie->position));
  if (movie->created) ASSERT(tessera::is_capture_time(media::to_text(*movie->created)));
  if (movie->created_utc) ASSERT(tessera::is_capture_time(media::to_text(*movie->created_utc)));
  ASSERT(base::is_utf8(movie->description));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::array<std::string_view, 8> names = {"a",     "a.txt", "a.md",  "a.jpg",
                                                     "a.nef", "a.mp3", "a.pdf", "a.xyz"};
  if (size == 0) return 0;
  const auto name = names[data[0] % names.size()];
  const auto bytes = std::as_bytes(std::span(data, size)).subspan(1);
  media::BytesFile file{std::string(base::as_text(bytes))};
  const auto head = bytes.first(std::min(bytes.size(), media::Limits::head_bytes));
  media::sniff_head(head, bytes.size(), name);
  const auto found = media::sniff(file, bytes.size(), name);
  ASSERT(found.has_value());
  ASSERT(found->note.empty() == (found->format != tessera::MediaFormat::other));
  if (found->format == tessera::MediaFormat::text) ASSERT(base::is_utf8(base::as_text(bytes)));
  check_movie(file, bytes.size());
  for (const auto format : {tessera::MediaFormat::jpeg, tessera::MediaFormat::png,
                            tessera::MediaFormat::tiff, tessera::MediaFormat::webp}) {
    const auto picture = media::find_picture(bytes, format);
    if (!picture) continue;
    ASSERT(picture->end <= bytes.size());
    for (const auto& range : picture->ranges) {
      ASSERT(range.offset <= bytes.size() && range.size_bytes <= bytes.size() - range.offset);
    }
    const auto parts = media::image_parts(bytes, *picture, format);
    ASSERT(parts.exif + parts.xmp + parts.iptc == 0 || !picture->parts.empty() ||
           picture->end < bytes.size());
    ASSERT(media::same_picture(bytes, *picture, bytes, *picture));
  }
  return 0;
}

}  // namespace tesseras
