#include "preserve/intake/capture.hpp"

#include "preserve/intake/image_capture.hpp"
#include "preserve/intake/quicktime.hpp"

namespace tesseras::intake {
namespace {

base::Result<Capture> read_movie_capture(runtime::File& file, std::uint64_t size_bytes) {
  const auto movie = TRY(read_quicktime(file, size_bytes));
  Capture capture;
  capture.readable = movie.has_movie;
  const auto& time = movie.created ? movie.created : movie.created_utc;
  if (time) capture.time = CaptureTime{*time, Origin::quicktime};
  if (movie.position) capture.position = CapturePosition{*movie.position, Origin::quicktime};
  capture.caption = movie.description;
  for (const auto& box : movie.position_boxes) capture.has_place |= box.certain;
  return capture;
}

}  // namespace

base::Result<Capture> read_capture(runtime::File& file, std::uint64_t size_bytes,
                                   tessera::MediaFormat format) {
  switch (format) {
    using enum tessera::MediaFormat;
    case jpeg:
    case png:
    case tiff:
    case webp:
    case heic:
    case heif:
    case avif:
    case dng:
    case cr2:
    case cr3:
    case nef:
    case arw:
    case orf:
    case rw2:
    case raf: return read_image_capture(file, size_bytes);
    case mov:
    case mp4:
    case m4a: return read_movie_capture(file, size_bytes);
    case wav:
    case webm:
    case text:
    case gif:
    case mp3:
    case flac:
    case ogg:
    case opus:
    case pdf:
    case markdown:
    case other: break;
  }
  return Capture{};
}

}  // namespace tesseras::intake
