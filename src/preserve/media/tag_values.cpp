#include "preserve/media/tag_values.hpp"

#include "foundation/base/text.hpp"
#include "preserve/media/image_parts.hpp"
#include "preserve/media/image_ranges.hpp"
#include "preserve/media/quicktime_text.hpp"
#include "preserve/media/sniff.hpp"
#include "preserve/media/strip_image.hpp"
#include "preserve/media/tag_source.hpp"

namespace tesseras::media {

using base::ByteSpan;
using base::Result;
using tessera::MediaFormat;

Result<void> check_cover(ByteSpan picture) {
  if (picture.empty()) return {};
  const auto format = sniff_head(picture, picture.size(), "").format;
  if (format != MediaFormat::jpeg && format != MediaFormat::png && format != MediaFormat::webp) {
    return doubt("it holds a picture that cannot be looked through");
  }
  const auto found = find_picture(picture, format);
  if (!found) return doubt("it holds a picture that is damaged");
  const auto parts = image_parts(picture, *found, format);
  if (!parts.unclear.empty()) return doubt("of a picture in it: {}", parts.unclear);
  if (parts.exif + parts.xmp + parts.iptc == 0) return {};
  const auto strip = strip_image(picture, format).strip;
  switch (strip.outcome) {
    case Strip::Outcome::unchanged: return {};
    case Strip::Outcome::changed: return doubt("a picture in it says where it was made");
    case Strip::Outcome::refused: break;
  }
  return doubt("of a picture in it: {}", strip.reason);
}

Result<void> check_xml(std::string_view name, ByteSpan packet) {
  auto text = base::as_text(packet);
  while (!text.empty() && text.back() == '\0') text.remove_suffix(1);
  // In UTF-16, or compressed, the words would not be seen.
  if (!base::is_utf8(text) || text.contains('\0')) return doubt_data(name);
  if (is_about_place(text)) return doubt("its {} has words about a place", name);
  return {};
}

}  // namespace tesseras::media
