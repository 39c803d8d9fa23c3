#include "preserve/media/image_ranges.hpp"

#include <algorithm>
#include <set>

#include "preserve/media/limits.hpp"

namespace tesseras::media {
namespace {

using base::ByteSpan;
using tessera::MediaFormat;

std::size_t number(ByteSpan file, std::size_t at, std::size_t count, bool little) {
  std::size_t value = 0;
  for (std::size_t i = 0; i < count; ++i) {
    value = value << 8 | static_cast<std::size_t>(file[little ? at + count - 1 - i : at + i]);
  }
  return value;
}

std::uint32_t letters(ByteSpan file, std::size_t at) {
  return static_cast<std::uint32_t>(number(file, at, 4, false));
}

unsigned byte_at(ByteSpan file, std::size_t at) { return static_cast<unsigned>(file[at]); }

// The end of entropy-coded data: at the next marker that is no stuffing and no restart.
std::size_t end_of_scan(ByteSpan file, std::size_t at) {
  while (at + 1 < file.size()) {
    const auto* from = file.data() + at;
    const auto* found = std::find(from, file.data() + file.size() - 1, std::byte{0xff});
    at = static_cast<std::size_t>(found - file.data());
    if (at + 1 >= file.size()) break;
    const unsigned marker = byte_at(file, at + 1);
    if (marker == 0xff) {
      ++at;
    } else if (marker != 0 && (marker < 0xd0 || marker > 0xd7)) {
      return at;
    } else {
      at += 2;
    }
  }
  return file.size();
}

// Everything but EXIF and XMP (APP1), ICC and the like (APP2), Photoshop's (APP13) and comments.
std::optional<Picture> in_jpeg(ByteSpan file) {
  if (file.size() < 4 || number(file, 0, 2, false) != 0xffd8) return std::nullopt;
  Picture picture;
  std::size_t at = 2;
  while (at + 4 <= file.size()) {
    if (byte_at(file, at) != 0xff) return std::nullopt;
    const unsigned marker = byte_at(file, at + 1);
    if (marker == 0xff) {
      ++at;
      continue;
    }
    const std::size_t size = number(file, at + 2, 2, false);
    if (marker == 0xd9) break;
    if (marker < 0xc0 || size < 2 || size > file.size() - at - 2) return std::nullopt;
    std::size_t end = at + 2 + size;
    if (marker == 0xda) end = end_of_scan(file, end);
    const bool metadata = marker == 0xe1 || marker == 0xe2 || marker == 0xed || marker == 0xfe;
    if (!metadata) picture.ranges.push_back({at, end - at});
    if ((marker >= 0xe0 && marker <= 0xef) || marker == 0xfe) {
      picture.parts.push_back({marker, {at + 4, size - 2}});
    }
    at = end;
  }
  if (at + 2 > file.size() || number(file, at, 2, false) != 0xffd9) return std::nullopt;
  picture.end = at + 2;
  return picture;
}

std::optional<Picture> in_png(ByteSpan file) {
  Picture picture;
  std::size_t at = 8;
  while (at + 12 <= file.size()) {
    const std::size_t size = number(file, at, 4, false);
    if (size > file.size() - at - 12) return std::nullopt;
    const auto type = base::as_text(file.subspan(at + 4, 4));
    const bool metadata =
        type == "eXIf" || type == "tEXt" || type == "zTXt" || type == "iTXt" || type == "iCCP";
    if (!metadata) picture.ranges.push_back({at, size + 12});
    picture.parts.push_back({letters(file, at + 4), {at + 8, size}});
    at += size + 12;
    if (type == "IEND") {
      picture.end = at;
      return picture;
    }
  }
  return std::nullopt;
}

std::optional<Picture> in_webp(ByteSpan file) {
  if (file.size() < 12) return std::nullopt;
  Picture picture;
  picture.end = 8 + number(file, 4, 4, true);
  if (picture.end > file.size()) return std::nullopt;
  std::size_t at = 12;
  while (at + 8 <= picture.end) {
    const std::size_t size = number(file, at + 4, 4, true);
    if (size > picture.end - at - 8) return std::nullopt;
    const auto type = base::as_text(file.subspan(at, 4));
    const bool metadata = type == "EXIF" || type == "XMP " || type == "VP8X" || type == "ICCP";
    if (!metadata) picture.ranges.push_back({at, size + 8});
    picture.parts.push_back({letters(file, at), {at + 8, size}});
    at += 8 + size + size % 2;
  }
  return picture;
}

// The strips and tiles of all directories.
class TiffWalk {
 public:
  explicit TiffWalk(ByteSpan file) : file_(file), little_(byte_at(file, 0) == 'I') {}

  std::optional<Picture> run() {
    pending_ = {number(file_, 4, 4, little_)};
    while (!pending_.empty() && good_) {
      const std::size_t at = pending_.back();
      pending_.pop_back();
      if (at == 0) continue;
      // A directory that points back would never end.
      if (!seen_.insert(at).second || seen_.size() > 1000) return std::nullopt;
      directory(at);
    }
    if (!good_ || picture_.ranges.empty()) return std::nullopt;
    picture_.end = file_.size();
    return picture_;
  }

 private:
  // XMP, IPTC, Photoshop's, EXIF, GPS.
  static bool is_metadata(std::uint32_t tag) {
    return tag == 700 || tag == 33723 || tag == 34377 || tag == 34665 || tag == 34853;
  }

  std::vector<std::size_t> values(std::size_t entry) {
    const std::size_t type = number(file_, entry + 2, 2, little_);
    const std::size_t count = number(file_, entry + 4, 4, little_);
    const std::size_t width = type == 3 ? 2 : 4;
    if ((type != 3 && type != 4 && type != 13) || count > Limits::strips_max ||
        count > file_.size() / width) {
      good_ = false;
      return {};
    }
    std::size_t at = entry + 8;
    if (count * width > 4) at = number(file_, at, 4, little_);
    if (at > file_.size() || count * width > file_.size() - at) {
      good_ = false;
      return {};
    }
    std::vector<std::size_t> found;
    found.reserve(count);  // bounded above
    for (std::size_t i = 0; i < count; ++i) {
      found.push_back(number(file_, at + i * width, width, little_));
    }
    return found;
  }

  void directory(std::size_t at) {
    if (at + 2 > file_.size()) {
      good_ = false;
      return;
    }
    const std::size_t count = number(file_, at, 2, little_);
    if (at + 2 + count * 12 + 4 > file_.size()) {
      good_ = false;
      return;
    }
    std::vector<std::size_t> offsets, sizes;
    for (std::size_t i = 0; i < count && good_; ++i) {
      const std::size_t entry = at + 2 + i * 12;
      const auto tag = static_cast<std::uint32_t>(number(file_, entry, 2, little_));
      if (seen_.size() > 1 && is_metadata(tag) &&
          !std::ranges::contains(picture_.parts, tag, &Part::kind)) {
        picture_.parts.push_back({tag, {}});
      }
      switch (tag) {
        case 273:  // StripOffsets
        case 324:  // TileOffsets
        case 513:  // JPEGInterchangeFormat, a thumbnail
          std::ranges::copy(values(entry), std::back_inserter(offsets));
          break;
        case 279:
        case 325:
        case 514: std::ranges::copy(values(entry), std::back_inserter(sizes)); break;
        case 330:  // SubIFDs
          std::ranges::copy(values(entry), std::back_inserter(pending_));
          break;
        default: break;
      }
    }
    if (offsets.size() != sizes.size()) good_ = false;
    // Directories may share a list, so that a small file has any number of them.
    if (picture_.ranges.size() + offsets.size() > Limits::strips_max) good_ = false;
    for (std::size_t i = 0; i < offsets.size() && good_; ++i) {
      good_ = offsets[i] <= file_.size() && sizes[i] <= file_.size() - offsets[i];
      picture_.ranges.push_back({offsets[i], sizes[i]});
    }
    pending_.push_back(number(file_, at + 2 + count * 12, 4, little_));
  }

  ByteSpan file_;
  bool little_;
  bool good_ = true;
  std::vector<std::size_t> pending_;
  std::set<std::size_t> seen_;
  Picture picture_;
};

// Takes the next bytes of a picture, at most `most` and within one range.
ByteSpan take(ByteSpan file, const Picture& picture, std::size_t& range, std::size_t& done) {
  while (range < picture.ranges.size() && done == picture.ranges[range].size_bytes) {
    ++range;
    done = 0;
  }
  if (range == picture.ranges.size()) return {};
  const auto& at = picture.ranges[range];
  return file.subspan(at.offset + done, at.size_bytes - done);
}

}  // namespace

std::optional<Picture> find_picture(ByteSpan file, MediaFormat format) {
  switch (format) {
    case MediaFormat::jpeg: return in_jpeg(file);
    case MediaFormat::png: return in_png(file);
    case MediaFormat::webp: return in_webp(file);
    case MediaFormat::tiff:
      if (file.size() < 8) return std::nullopt;
      return TiffWalk(file).run();
    default: return std::nullopt;
  }
}

bool same_picture(ByteSpan a, const Picture& in_a, ByteSpan b, const Picture& in_b) {
  std::size_t range_a = 0, done_a = 0, range_b = 0, done_b = 0;
  for (;;) {
    const auto some_a = take(a, in_a, range_a, done_a);
    const auto some_b = take(b, in_b, range_b, done_b);
    if (some_a.empty() || some_b.empty()) return some_a.empty() && some_b.empty();
    const std::size_t count = std::min(some_a.size(), some_b.size());
    if (!std::ranges::equal(some_a.first(count), some_b.first(count))) return false;
    done_a += count;
    done_b += count;
  }
}

}  // namespace tesseras::media
