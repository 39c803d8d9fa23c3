#include "preserve/media/strip.hpp"

#include <algorithm>
#include <utility>

#include "preserve/media/limits.hpp"
#include "preserve/media/quicktime.hpp"
#include "preserve/media/sniff.hpp"
#include "preserve/media/sniff_text.hpp"
#include "preserve/media/sound_tags.hpp"
#include "preserve/media/strip_image.hpp"
#include "preserve/media/stripped_file.hpp"

namespace tesseras::media {
namespace {

using base::Result;
using std::filesystem::path;
using tessera::MediaFormat;
using Outcome = Strip::Outcome;

Strip refuse(std::string reason) { return {Outcome::refused, {}, std::move(reason), {}}; }
Strip unchanged() { return {Outcome::unchanged, {}, {}, {}}; }

Result<Strip> strip_picture(runtime::File& file, const runtime::FileStatus& status,
                            MediaFormat format) {
  if (status.size_bytes > Limits::strip_image_bytes_max) {
    return refuse("it is too large for its position to be looked for");
  }
  base::Bytes bytes(static_cast<std::size_t>(status.size_bytes));
  bytes.resize(TRY(file.read_at(0, bytes)));
  auto edited = strip_image(bytes, format);
  if (edited.strip.outcome == Outcome::changed)
    edited.strip.copy = picture_without(std::move(edited.bytes), status);
  return std::move(edited.strip);
}

Result<Strip> strip_movie(std::unique_ptr<runtime::File> file, std::uint64_t size_bytes) {
  const auto movie = TRY(read_quicktime(*file, size_bytes));
  if (!movie.has_movie) return refuse("its metadata cannot be read");
  if (!movie.unclear.empty()) return refuse(movie.unclear);
  if (movie.position_boxes.empty()) return unchanged();
  Strip strip{Outcome::changed, {}, {}, movie_without(movie.position_boxes, std::move(file))};
  const auto again = TRY(read_quicktime(*strip.copy, size_bytes));
  if (!again.position_boxes.empty() || !again.unclear.empty() || again.position) {
    return refuse("it holds a position that cannot be removed");
  }
  for (const auto& box : movie.position_boxes) {
    auto change = box.certain ? "position removed from " + box.name : box.name + " removed";
    if (!std::ranges::contains(strip.changes, change)) strip.changes.push_back(std::move(change));
  }
  return strip;
}

}  // namespace

Result<Strip> strip_location(runtime::Disk& disk, const path& original, MediaFormat format) {
  auto file = TRY(disk.open_read(original));
  const auto status = TRY(file->status());
  const auto size_bytes = status.size_bytes;
  switch (tessera::info(format).embedded) {
    using enum tessera::Embedded;
    case nothing:
      // A drone's subtitles and a receiver's log are texts, and hold nothing but positions.
      if (size_bytes != 0 && !is_text_name(extension_of(original.native()))) {
        return refuse("it may be a record of positions; name it .txt if people wrote it");
      }
      return unchanged();
    case pictorial: return strip_picture(*file, status, format);
    case cinematic: return strip_movie(std::move(file), size_bytes);
    case tags: {
      auto doubt = TRY(unclear_tags(*file, size_bytes, format));
      return doubt.empty() ? unchanged() : refuse(std::move(doubt));
    }
    case anything: break;
  }
  return refuse("it is not certain whether it holds a position");
}

}  // namespace tesseras::media
