#include "preserve/media/sniff_tiff.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "foundation/base/ascii.hpp"

namespace tesseras::media {
namespace {

using base::ByteSpan;
using namespace std::string_view_literals;
using tessera::MediaFormat;

std::uint32_t number(ByteSpan bytes, std::size_t at, std::size_t count, bool little) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t from = little ? at + count - 1 - i : at + i;
    value = value << 8 | static_cast<std::uint32_t>(bytes[from]);
  }
  return value;
}

struct Maker {
  std::string_view extension;
  std::string_view name;  // how the Make tag begins, in lower case
  MediaFormat format;
};

constexpr std::array<Maker, 5> makers = {{{"nef", "nikon", MediaFormat::nef},
                                          {"nrw", "nikon", MediaFormat::nef},
                                          {"arw", "sony", MediaFormat::arw},
                                          {"sr2", "sony", MediaFormat::arw},
                                          {"cr2", "canon", MediaFormat::cr2}}};

struct Directory {
  bool has_dng_version = false;
  std::string make;
};

Directory read_directory(ByteSpan head, ByteSpan directory, bool little) {
  Directory found;
  if (directory.size() < 2) return found;
  const std::size_t count = number(directory, 0, 2, little);
  for (std::size_t i = 0; i < count && 2 + (i + 1) * 12 <= directory.size(); ++i) {
    const std::size_t at = 2 + i * 12;
    const auto tag = number(directory, at, 2, little);
    if (tag == 0xc612) found.has_dng_version = true;
    if (tag != 0x010f) continue;
    const std::size_t length = number(directory, at + 4, 4, little);
    const std::size_t offset = number(directory, at + 8, 4, little);
    if (length <= 4) continue;
    // Behind what was read, the maker stays unknown and the extension decides nothing.
    if (offset < head.size()) {
      found.make = base::to_lower(
          base::as_text(head.subspan(offset, std::min(length, head.size() - offset))));
    }
  }
  return found;
}

}  // namespace

std::optional<TiffSniff> sniff_tiff(ByteSpan head, std::string_view extension) {
  const auto text = base::as_text(head);
  if (text.starts_with("IIRO") || text.starts_with("IIRS") || text.starts_with("MMOR")) {
    return TiffSniff{MediaFormat::orf, 0};
  }
  if (text.starts_with("IIU\0"sv)) return TiffSniff{MediaFormat::rw2, 0};
  if (text.starts_with("II\x2b\0\x08\0\0\0"sv) || text.starts_with("MM\0\x2b\0\x08\0\0"sv)) {
    return TiffSniff{MediaFormat::tiff, 0};  // BigTIFF
  }
  const bool little = text.starts_with("II\x2a\0"sv);
  if (!little && !text.starts_with("MM\0\x2a"sv)) return std::nullopt;
  if (head.size() < 8) return std::nullopt;
  if (text.substr(8).starts_with("CR\x02"sv)) return TiffSniff{MediaFormat::cr2, 0};
  const std::size_t offset = number(head, 4, 4, little);
  if (offset + 2 <= head.size()) {
    const std::size_t count = number(head, offset, 2, little);
    if (offset + 2 + count * 12 <= head.size()) {
      return TiffSniff{sniff_tiff_directory(head, head.subspan(offset), extension), 0};
    }
  }
  return TiffSniff{MediaFormat::tiff, offset};
}

MediaFormat sniff_tiff_directory(ByteSpan head, ByteSpan directory, std::string_view extension) {
  const auto found = read_directory(head, directory, base::as_text(head).starts_with("II"));
  if (found.has_dng_version) return MediaFormat::dng;
  for (const auto& maker : makers) {
    if (maker.extension == extension && found.make.starts_with(maker.name)) return maker.format;
  }
  return MediaFormat::tiff;
}

}  // namespace tesseras::media
