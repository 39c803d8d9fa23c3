#include "preserve/media/capture.hpp"

#include "preserve/media/image_capture.hpp"
#include "preserve/media/quicktime.hpp"

namespace tesseras::media {
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
  switch (tessera::info(format).embedded) {
    using enum tessera::Embedded;
    case pictorial: return read_image_capture(file, size_bytes);
    case cinematic: return read_movie_capture(file, size_bytes);
    case nothing:
    case tags:
    case anything: break;
  }
  return Capture{};
}

}  // namespace tesseras::media
