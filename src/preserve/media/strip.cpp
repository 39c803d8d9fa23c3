#include "preserve/media/strip.hpp"

#include <algorithm>
#include <utility>

#include "preserve/media/limits.hpp"
#include "preserve/media/quicktime.hpp"
#include "preserve/media/sniff.hpp"
#include "preserve/media/sniff_text.hpp"
#include "preserve/media/sound_tags.hpp"
#include "preserve/media/strip_image.hpp"

namespace tesseras::media {
namespace {

using base::Result;
using std::filesystem::path;
using tessera::MediaFormat;
using Outcome = Strip::Outcome;

constexpr std::size_t block_bytes = 1 << 20;

Strip refuse(std::string reason) { return {Outcome::refused, {}, std::move(reason)}; }
Strip unchanged() { return {Outcome::unchanged, {}, {}}; }

// A new file that is removed again unless it is kept.
class Copy {
 public:
  static Result<Copy> create(runtime::Disk& disk, const path& at) {
    // 0600: it is as private as the original, whose permissions may be wider than the folder's.
    return Copy(disk, at, TRY(disk.create(at, 0600)));
  }
  ~Copy() {
    if (disk_ != nullptr) static_cast<void>(disk_->remove(at_));
  }
  Copy(Copy&& other) noexcept
      : disk_(std::exchange(other.disk_, nullptr)),
        at_(std::move(other.at_)),
        file_(std::move(other.file_)) {}
  Copy& operator=(Copy&&) = delete;

  runtime::File& file() { return *file_; }
  void keep() { disk_ = nullptr; }

 private:
  Copy(runtime::Disk& disk, path at, std::unique_ptr<runtime::File> file)
      : disk_(&disk), at_(std::move(at)), file_(std::move(file)) {}

  runtime::Disk* disk_;
  path at_;
  std::unique_ptr<runtime::File> file_;
};

Result<Strip> strip_picture(runtime::Disk& disk, runtime::File& file, std::uint64_t size_bytes,
                            MediaFormat format, const path& copy_at) {
  if (size_bytes > Limits::strip_image_bytes_max) {
    return refuse("it is too large for its position to be looked for");
  }
  base::Bytes bytes(static_cast<std::size_t>(size_bytes));
  bytes.resize(TRY(file.read_at(0, bytes)));
  auto edited = strip_image(bytes, format);
  if (edited.strip.outcome != Outcome::changed) return std::move(edited.strip);
  auto copy = TRY(Copy::create(disk, copy_at));
  TRY(copy.file().append(edited.bytes));
  copy.keep();
  return std::move(edited.strip);
}

// Blanks a box where it stands in a stretch of the file: its type becomes `free`, its contents
// zeros. Sizes stay, so that no offset into the samples changes.
void blank(const PositionBox& box, std::uint64_t at, base::MutableByteSpan block) {
  constexpr std::string_view free_type = "free";
  const auto put = [&](std::uint64_t offset, std::byte value) {
    if (offset >= at && offset - at < block.size()) {
      block[static_cast<std::size_t>(offset - at)] = value;
    }
  };
  for (std::size_t i = 0; i < free_type.size(); ++i) {
    put(box.type_offset + i, static_cast<std::byte>(free_type[i]));
  }
  const auto from = std::max(box.payload_offset, at);
  const auto to = std::min(box.payload_offset + box.payload_bytes, at + block.size());
  if (from < to) {
    std::ranges::fill(
        block.subspan(static_cast<std::size_t>(from - at), static_cast<std::size_t>(to - from)),
        std::byte{0});
  }
}

Result<Strip> strip_movie(runtime::Disk& disk, runtime::File& file, std::uint64_t size_bytes,
                          const path& copy_at) {
  const auto movie = TRY(read_quicktime(file, size_bytes));
  if (!movie.has_movie) return refuse("its metadata cannot be read");
  if (!movie.unclear.empty()) return refuse(movie.unclear);
  if (movie.position_boxes.empty()) return unchanged();
  auto copy = TRY(Copy::create(disk, copy_at));
  base::Bytes block(block_bytes);
  for (std::uint64_t at = 0; at < size_bytes;) {
    const std::size_t got = TRY(file.read_at(at, block));
    if (got == 0) break;
    const auto some = base::MutableByteSpan(block).first(got);
    for (const auto& box : movie.position_boxes) blank(box, at, some);
    TRY(copy.file().append(some));
    at += got;
  }
  const auto again = TRY(read_quicktime(copy.file(), size_bytes));
  if (!again.position_boxes.empty() || !again.unclear.empty() || again.position) {
    return refuse("it holds a position that cannot be removed");
  }
  copy.keep();
  Strip strip{Outcome::changed, {}, {}};
  for (const auto& box : movie.position_boxes) {
    auto change = box.certain ? "position removed from " + box.name : box.name + " removed";
    if (!std::ranges::contains(strip.changes, change)) strip.changes.push_back(std::move(change));
  }
  return strip;
}

}  // namespace

Result<Strip> strip_location(runtime::Disk& disk, const path& original, MediaFormat format,
                             const path& copy) {
  const auto file = TRY(disk.open_read(original));
  const auto size_bytes = TRY(file->status()).size_bytes;
  switch (tessera::info(format).embedded) {
    using enum tessera::Embedded;
    case nothing:
      // A drone's subtitles and a receiver's log are texts, and hold nothing but positions.
      if (size_bytes != 0 && !is_text_name(extension_of(original.native()))) {
        return refuse("it may be a record of positions; name it .txt if people wrote it");
      }
      return unchanged();
    case pictorial: return strip_picture(disk, *file, size_bytes, format, copy);
    case cinematic: return strip_movie(disk, *file, size_bytes, copy);
    case tags: {
      auto doubt = TRY(unclear_tags(*file, size_bytes, format));
      return doubt.empty() ? unchanged() : refuse(std::move(doubt));
    }
    case anything: break;
  }
  return refuse("it is not certain whether it holds a position");
}

}  // namespace tesseras::media
