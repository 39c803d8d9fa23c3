#include "preserve/media/vorbis_tags.hpp"

#include <string>

#include "foundation/base/ascii.hpp"
#include "preserve/media/image_parts.hpp"
#include "preserve/media/limits.hpp"
#include "preserve/media/riff_tags.hpp"
#include "preserve/media/tag_names.hpp"
#include "preserve/media/tag_source.hpp"
#include "preserve/media/tag_values.hpp"

namespace tesseras::media {
namespace {

using base::ByteSpan;
using base::Result;

// RFC 9639 section 8.8.
Result<void> check_picture_block(ByteSpan payload) {
  TagCursor cursor(payload);
  TRY(cursor.big(4));  // what it shows
  const auto mime = TRY(cursor.text(TRY(cursor.big(4))));
  if (mime == "-->") return doubt("it names a picture that is not in it");
  TRY(cursor.take(TRY(cursor.big(4))));  // words
  TRY(cursor.take(16));                  // width, height, depth, colours
  TRY(check_cover(TRY(cursor.take(TRY(cursor.big(4))))));
  if (!cursor.rest().empty()) return doubt("a tag in it is damaged");
  return {};
}

Result<void> check_field(std::string_view field) {
  const auto equals = field.find('=');
  if (equals == std::string_view::npos) return doubt("it has a tag without a name");
  const auto name = field.substr(0, equals);
  const auto key = base::to_lower(name);
  if (key == "metadata_block_picture" || key == "coverart") {
    const auto picture = base::from_base64(field.substr(equals + 1));
    if (!picture) return doubt("it holds a picture that cannot be looked through");
    return key == "coverart" ? check_cover(*picture) : check_picture_block(*picture);
  }
  if (key != "coverartmime" && !is_harmless_tag(name)) return doubt_tag(name);
  return {};
}

// What flac keeps of the file that it was made from: the chunks of a WAV, one a block.
Result<void> check_application(ByteSpan payload) {
  TagCursor cursor(payload);
  const auto id = TRY(cursor.text(4));
  if (id != "riff") return doubt_data(id);
  const auto type = TRY(cursor.text(4));
  const auto size = TRY(cursor.little(4));
  auto rest = cursor.rest();
  if (type == "RIFF" && base::as_text(rest) == "WAVE") return {};
  if (type == "data" && rest.empty()) return {};
  if (rest.size() == size + 1 && size % 2 != 0 && rest.back() == std::byte{0}) {
    rest = rest.first(rest.size() - 1);
  }
  if (rest.size() != size) return doubt("a tag in it is damaged");
  return check_riff_chunk(type, rest);
}

// RFC 9639 section 8.7: numbers of a disc. Its reserved bits are room for anything.
Result<void> check_cue_sheet(ByteSpan payload) {
  TagCursor cursor(payload);
  TRY(cursor.take(128 + 8));
  if (!is_fill(TRY(cursor.take(259)).subspan(1))) return doubt_data("CUESHEET");
  for (auto tracks = TRY(cursor.big(1)); tracks != 0; --tracks) {
    TRY(cursor.take(8 + 1 + 12));
    if (!is_fill(TRY(cursor.take(14)).subspan(1))) return doubt_data("CUESHEET");
    for (auto points = TRY(cursor.big(1)); points != 0; --points) TRY(cursor.take(12));
  }
  if (!cursor.rest().empty()) return doubt("a tag in it is damaged");
  return {};
}

}  // namespace

Result<void> check_vorbis_comment(ByteSpan bytes) {
  TagCursor cursor(bytes);
  const auto vendor = TRY(cursor.take(TRY(cursor.little(4))));
  if (looks_like_place(vendor)) return doubt("the name of its encoder has words about a place");
  const auto count = TRY(cursor.little(4));
  if (count > Limits::tags_in_file_max) return doubt("it has more tags than we look at");
  for (std::uint64_t i = 0; i < count; ++i) {
    TRY(check_field(TRY(cursor.text(TRY(cursor.little(4))))));
  }
  auto rest = cursor.rest();
  if (!rest.empty() && rest[0] == std::byte{1}) rest = rest.subspan(1);
  if (!is_fill(rest)) return doubt("something of unknown meaning lies behind its tags");
  return {};
}

Result<void> check_flac_block(std::uint8_t type, ByteSpan payload) {
  switch (type) {
    case 0:  // STREAMINFO
      if (payload.size() != 34) return doubt("a tag in it is damaged");
      return {};
    case 1:
      if (!is_fill(payload)) return doubt("the room left in it is not empty");
      return {};
    case 2: return check_application(payload);
    case 3:  // SEEKTABLE: numbers
      if (payload.size() % 18 != 0) return doubt("a tag in it is damaged");
      return {};
    case 4: return check_vorbis_comment(payload);
    case 5: return check_cue_sheet(payload);
    case 6: return check_picture_block(payload);
    default: return doubt("it holds data of unknown meaning (block {})", type);
  }
}

}  // namespace tesseras::media
