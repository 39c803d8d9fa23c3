#include "preserve/media/strip_image.hpp"

#include <exiv2/exiv2.hpp>

#include <algorithm>
#include <array>

#include "foundation/base/ascii.hpp"
#include "preserve/media/exiv2_support.hpp"
#include "preserve/media/image_parts.hpp"
#include "preserve/media/image_ranges.hpp"

namespace tesseras::media {
namespace {

using base::ByteSpan;
using tessera::MediaFormat;
using namespace std::string_view_literals;

Strip refuse(std::string reason) { return {Strip::Outcome::refused, {}, std::move(reason), {}}; }

bool can_be_edited(MediaFormat format) {
  return format == MediaFormat::jpeg || format == MediaFormat::png || format == MediaFormat::tiff ||
         format == MediaFormat::webp;
}

Exiv2::Image::UniquePtr open(ByteSpan file) {
  auto image =
      Exiv2::ImageFactory::open(reinterpret_cast<const Exiv2::byte*>(file.data()), file.size());
  if (image) image->readMetadata();
  return image;
}

template <class Data>
bool says_place(const Data& data) {
  return std::ranges::any_of(data, [](const auto& datum) { return is_place_key(datum.key()); });
}

// A maker note that the library cannot read; Apple's is known to hold no position.
bool has_unread_maker_note(const Exiv2::ExifData& exif) {
  const auto note = exif.findKey(Exiv2::ExifKey("Exif.Photo.MakerNote"));
  if (note == exif.end() || note->size() == 0) return false;
  if (exif.findKey(Exiv2::ExifKey("Exif.MakerNote.ByteOrder")) != exif.end()) return false;
  std::vector<Exiv2::byte> bytes(note->size());
  note->copy(bytes.data(), Exiv2::bigEndian);
  return !base::as_text(std::as_bytes(std::span(bytes))).starts_with("Apple iOS");
}

template <class Data>
bool erase_places(Data& data) {
  bool erased = false;
  for (auto at = data.begin(); at != data.end();) {
    if (is_place_key(at->key())) {
      at = data.erase(at);
      erased = true;
    } else {
      ++at;
    }
  }
  return erased;
}

// Says in words what was taken out.
std::vector<std::string> erase_all(Exiv2::Image& image) {
  std::vector<std::string> changes;
  auto& exif = image.exifData();
  bool gps = false, others = false;
  for (const auto& datum : exif) {
    const auto key = datum.key();
    if (!is_place_key(key)) continue;
    (key.starts_with("Exif.GPSInfo.") || key == "Exif.Image.GPSTag" ? gps : others) = true;
  }
  erase_places(exif);
  if (gps) changes.emplace_back("position removed from EXIF");
  if (others) changes.emplace_back("place removed from the maker note in EXIF");
  if (has_unread_maker_note(exif)) {
    exif.erase(exif.findKey(Exiv2::ExifKey("Exif.Photo.MakerNote")));
    changes.emplace_back("maker note of unknown meaning removed from EXIF");
  }
  if (erase_places(image.xmpData())) changes.emplace_back("place removed from XMP");
  if (erase_places(image.iptcData())) changes.emplace_back("place removed from IPTC");
  return changes;
}

// Of each kind the library reads one and, by format, leaves the others there or drops them.
bool is_doubled(const ImageParts& parts) {
  return parts.exif > 1 || parts.xmp > 1 || parts.iptc > 1;
}

// Why a file that is about to be taken may hold a place; empty when it is certain that it does
// not. `image` is what the library read of it.
std::string doubt_about(ByteSpan file, const Picture& picture, const Exiv2::Image& image,
                        MediaFormat format) {
  if (says_place(image.exifData()) || says_place(image.xmpData()) || says_place(image.iptcData()) ||
      has_unread_maker_note(image.exifData())) {
    return "it holds a place that cannot be removed";
  }
  const auto parts = image_parts(file, picture, format);
  if (!parts.unclear.empty()) return parts.unclear;
  if (is_doubled(parts)) return "it holds its metadata twice";
  if (parts.exif != 0 && image.exifData().empty()) return "its EXIF cannot be read";
  if (parts.xmp != 0 && image.xmpData().empty()) return "its XMP cannot be read";
  // XMP may stand inside of EXIF, where it is not read, and in a TIFF anywhere.
  constexpr std::array words = {"exif:GPS"sv, "GPSLatitude"sv, "photoshop:City"sv,
                                "LocationCreated"sv, "LocationShown"sv};
  const auto text = base::as_text(file);
  if (std::ranges::any_of(words, [&](auto word) { return text.contains(word); })) {
    return "it holds a place that cannot be removed";
  }
  return {};
}

// The reason why an edited copy is not what it should be; empty when it is.
std::string fault_of(ByteSpan original, const Exiv2::Image& before, ByteSpan edited,
                     MediaFormat format) {
  const auto was = find_picture(original, format);
  const auto is = find_picture(edited, format);
  if (!was || !is || !same_picture(original, *was, edited, *is)) {
    return "its position cannot be removed without touching the picture";
  }
  const auto again = open(edited);
  if (!again) return "it holds a place that cannot be removed";
  if (auto doubt = doubt_about(edited, *is, *again, format); !doubt.empty()) return doubt;
  const auto& profile = before.iccProfile();
  const auto& kept = again->iccProfile();
  if (profile.size() != kept.size() ||
      !std::equal(profile.c_data(), profile.c_data() + profile.size(), kept.c_data())) {
    return "its position cannot be removed without touching its colours";
  }
  return {};
}

StrippedImage edit(ByteSpan file, Exiv2::Image& image, MediaFormat format) {
  StrippedImage result;
  const auto picture = find_picture(file, format);
  if (!picture) {
    result.strip = refuse("its structure is damaged, so it is not certain what it holds");
    return result;
  }
  if (is_doubled(image_parts(file, *picture, format))) {
    result.strip = refuse("it holds its metadata twice");
    return result;
  }
  auto changes = erase_all(image);
  if (changes.empty()) {
    if (auto doubt = doubt_about(file, *picture, image, format); !doubt.empty()) {
      result.strip = refuse(std::move(doubt));
    } else {
      result.strip.outcome = Strip::Outcome::unchanged;
    }
    return result;
  }
  image.writeMetadata();
  auto& io = image.io();
  result.bytes.resize(io.size());
  io.open();
  io.seek(0, Exiv2::BasicIo::beg);
  io.read(reinterpret_cast<Exiv2::byte*>(result.bytes.data()), result.bytes.size());
  io.close();
  if (auto fault = fault_of(file, image, result.bytes, format); !fault.empty()) {
    result.strip = refuse(std::move(fault));
    result.bytes.clear();
    return result;
  }
  result.strip = {Strip::Outcome::changed, std::move(changes), {}, {}};
  return result;
}

// Samsung's phones put notes behind a photograph, among them the country. Nothing that is read as
// part of the picture is lost with them; a film or a second picture would be, so it stays.
ByteSpan without_phone_notes(ByteSpan file, MediaFormat format) {
  const auto picture = find_picture(file, format);
  if (format != MediaFormat::jpeg || !picture) return file;
  const auto behind = base::as_text(file.subspan(picture->end));
  if (!behind.ends_with("SEFT") || behind.contains("ftyp") || behind.contains("\xff\xd8\xff")) {
    return file;
  }
  return file.first(picture->end);
}

StrippedImage edit_without_notes(ByteSpan file, MediaFormat format) {
  const auto kept = without_phone_notes(file, format);
  const auto image = open(kept);
  if (!image) return {refuse("its metadata cannot be read"), {}};
  auto result = edit(kept, *image, format);
  if (kept.size() == file.size() || result.strip.outcome == Strip::Outcome::refused) return result;
  if (result.strip.outcome == Strip::Outcome::unchanged) {
    result.strip.outcome = Strip::Outcome::changed;
    result.bytes.assign(kept.begin(), kept.end());
  }
  result.strip.changes.emplace_back("the phone's notes behind the picture removed");
  return result;
}

}  // namespace

StrippedImage strip_image(ByteSpan file, MediaFormat format) {
  prepare_image_library();
  try {
    if (can_be_edited(format)) return edit_without_notes(file, format);
    const auto image = open(file);
    if (!image) return {refuse("its metadata cannot be read"), {}};
    if (says_place(image->exifData()) || says_place(image->xmpData()) ||
        says_place(image->iptcData())) {
      return {refuse("its position cannot be removed from a file of this format"), {}};
    }
    if (has_unread_maker_note(image->exifData())) {
      return {refuse("it holds a maker note of unknown meaning"), {}};
    }
    return {Strip{Strip::Outcome::unchanged, {}, {}, {}}, {}};
  } catch (const std::exception&) {
    return {refuse("its metadata cannot be read"), {}};
  }
}

}  // namespace tesseras::media
