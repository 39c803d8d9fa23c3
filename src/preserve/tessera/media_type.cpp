#include "preserve/tessera/media_type.hpp"

#include <algorithm>
#include <array>

#include "foundation/base/ascii.hpp"
#include "foundation/base/assert.hpp"
#include "preserve/tessera/syntax.hpp"

namespace tesseras::tessera {
namespace {

using enum MediaFormat;
using enum Embedded;
using Row = MediaFormatInfo;
constexpr auto moment = MemoryType::moment;
constexpr auto reflection = MemoryType::reflection;

// Extensions and media types stand in tesserae that exist: they may never change. In the order
// of the enum. HEIF stills, TIFF, raws and PDF are links: hardly a browser shows them all.
constexpr std::array table = {
    Row{jpeg, "JPEG", "jpg", "image/jpeg", "jpeg", moment, Display::image, pictorial},
    Row{png, "PNG", "png", "image/png", "png", moment, Display::image, pictorial},
    Row{wav, "WAV", "wav", "audio/wav", "wav", moment, Display::audio, tags},
    Row{webm, "WebM", "webm", "video/webm", "webm", moment, Display::video, tags},
    Row{text, "text", "txt", "text/plain", "text", reflection, Display::text, nothing},
    Row{heic, "HEIC", "heic", "image/heic", "heif", moment, Display::link, pictorial},
    Row{heif, "HEIF", "heif", "image/heif", "heif", moment, Display::link, pictorial},
    Row{avif, "AVIF", "avif", "image/avif", "heif", moment, Display::image, pictorial},
    Row{webp, "WebP", "webp", "image/webp", "webp", moment, Display::image, pictorial},
    Row{gif, "GIF", "gif", "image/gif", "gif", moment, Display::image, tags},
    Row{tiff, "TIFF", "tif", "image/tiff", "tiff", moment, Display::link, pictorial},
    Row{mov, "QuickTime", "mov", "video/quicktime", "mp4", moment, Display::video, cinematic},
    Row{mp4, "MP4", "mp4", "video/mp4", "mp4", moment, Display::video, cinematic},
    Row{m4a, "M4A", "m4a", "audio/mp4", "mp4", moment, Display::audio, cinematic},
    Row{mp3, "MP3", "mp3", "audio/mpeg", "mp3", moment, Display::audio, tags},
    Row{flac, "FLAC", "flac", "audio/flac", "flac", moment, Display::audio, tags},
    Row{ogg, "Ogg", "ogg", "audio/ogg", "ogg", moment, Display::audio, tags},
    Row{opus, "Opus", "opus", "audio/ogg", "ogg", moment, Display::audio, tags},
    Row{pdf, "PDF", "pdf", "application/pdf", "pdf", moment, Display::link, anything},
    Row{dng, "Adobe DNG", "dng", "image/x-adobe-dng", "tiff", moment, Display::link, pictorial},
    Row{cr2, "Canon CR2", "cr2", "image/x-canon-cr2", "tiff", moment, Display::link, pictorial},
    Row{cr3, "Canon CR3", "cr3", "image/x-canon-cr3", "tiff", moment, Display::link, pictorial},
    Row{nef, "Nikon NEF", "nef", "image/x-nikon-nef", "tiff", moment, Display::link, pictorial},
    Row{arw, "Sony ARW", "arw", "image/x-sony-arw", "tiff", moment, Display::link, pictorial},
    Row{orf, "Olympus ORF", "orf", "image/x-olympus-orf", "tiff", moment, Display::link, pictorial},
    Row{rw2, "Panasonic RW2", "rw2", "image/x-panasonic-rw2", "tiff", moment, Display::link,
        pictorial},
    Row{raf, "Fujifilm RAF", "raf", "image/x-fuji-raf", "tiff", moment, Display::link, pictorial},
    Row{markdown, "Markdown", "md", "text/markdown", "markdown", reflection, Display::text,
        nothing},
    Row{other, "file", "bin", "application/octet-stream", "", moment, Display::link, anything},
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
  std::string lower = base::to_lower(original_extension);
  return is_extension(lower) ? lower : std::string(info(other).extension);
}

}  // namespace tesseras::tessera
