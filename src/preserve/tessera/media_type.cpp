#include "preserve/tessera/media_type.hpp"

#include <algorithm>
#include <array>

#include "foundation/base/assert.hpp"
#include "preserve/tessera/syntax.hpp"

namespace tesseras::tessera {
namespace {

using enum MediaFormat;
constexpr auto moment = MemoryType::moment;
constexpr auto reflection = MemoryType::reflection;

// Extensions and media types stand in tesserae that exist: they may never change. In the order
// of the enum. HEIF stills, TIFF, raws and PDF are links: hardly a browser shows them all.
constexpr std::array table = {
    MediaFormatInfo{jpeg, "JPEG", "jpg", "image/jpeg", "jpeg", moment, Display::image},
    MediaFormatInfo{png, "PNG", "png", "image/png", "png", moment, Display::image},
    MediaFormatInfo{wav, "WAV", "wav", "audio/wav", "wav", moment, Display::audio},
    MediaFormatInfo{webm, "WebM", "webm", "video/webm", "webm", moment, Display::video},
    MediaFormatInfo{text, "text", "txt", "text/plain", "text", reflection, Display::text},
    MediaFormatInfo{heic, "HEIC", "heic", "image/heic", "heif", moment, Display::link},
    MediaFormatInfo{heif, "HEIF", "heif", "image/heif", "heif", moment, Display::link},
    MediaFormatInfo{avif, "AVIF", "avif", "image/avif", "heif", moment, Display::image},
    MediaFormatInfo{webp, "WebP", "webp", "image/webp", "webp", moment, Display::image},
    MediaFormatInfo{gif, "GIF", "gif", "image/gif", "gif", moment, Display::image},
    MediaFormatInfo{tiff, "TIFF", "tif", "image/tiff", "tiff", moment, Display::link},
    MediaFormatInfo{mov, "QuickTime", "mov", "video/quicktime", "mp4", moment, Display::video},
    MediaFormatInfo{mp4, "MP4", "mp4", "video/mp4", "mp4", moment, Display::video},
    MediaFormatInfo{m4a, "M4A", "m4a", "audio/mp4", "mp4", moment, Display::audio},
    MediaFormatInfo{mp3, "MP3", "mp3", "audio/mpeg", "mp3", moment, Display::audio},
    MediaFormatInfo{flac, "FLAC", "flac", "audio/flac", "flac", moment, Display::audio},
    MediaFormatInfo{ogg, "Ogg", "ogg", "audio/ogg", "ogg", moment, Display::audio},
    MediaFormatInfo{opus, "Opus", "opus", "audio/ogg", "ogg", moment, Display::audio},
    MediaFormatInfo{pdf, "PDF", "pdf", "application/pdf", "pdf", moment, Display::link},
    MediaFormatInfo{dng, "Adobe DNG", "dng", "image/x-adobe-dng", "tiff", moment, Display::link},
    MediaFormatInfo{cr2, "Canon CR2", "cr2", "image/x-canon-cr2", "tiff", moment, Display::link},
    MediaFormatInfo{cr3, "Canon CR3", "cr3", "image/x-canon-cr3", "tiff", moment, Display::link},
    MediaFormatInfo{nef, "Nikon NEF", "nef", "image/x-nikon-nef", "tiff", moment, Display::link},
    MediaFormatInfo{arw, "Sony ARW", "arw", "image/x-sony-arw", "tiff", moment, Display::link},
    MediaFormatInfo{orf, "Olympus ORF", "orf", "image/x-olympus-orf", "tiff", moment,
                    Display::link},
    MediaFormatInfo{rw2, "Panasonic RW2", "rw2", "image/x-panasonic-rw2", "tiff", moment,
                    Display::link},
    MediaFormatInfo{raf, "Fujifilm RAF", "raf", "image/x-fuji-raf", "tiff", moment, Display::link},
    MediaFormatInfo{markdown, "Markdown", "md", "text/markdown", "markdown", reflection,
                    Display::text},
    MediaFormatInfo{other, "file", "bin", "application/octet-stream", "", moment, Display::link},
};

}  // namespace

const MediaFormatInfo& info(MediaFormat format) {
  const auto& found = table[static_cast<std::size_t>(format)];
  ASSERT(found.format == format);
  return found;
}

std::span<const MediaFormatInfo> all_formats() { return table; }

MediaFormat format_from(std::string_view media_type, std::string_view extension) {
  const auto found = std::ranges::find_if(table, [&](const MediaFormatInfo& row) {
    return row.format != other && row.media_type == media_type && row.extension == extension;
  });
  return found == table.end() ? other : found->format;
}

std::string media_extension(MediaFormat format, std::string_view original_extension) {
  if (format != other) return std::string(info(format).extension);
  std::string lower(original_extension);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return is_extension(lower) ? lower : std::string(info(other).extension);
}

}  // namespace tesseras::tessera
