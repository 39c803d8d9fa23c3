#include "preserve/media/image_capture.hpp"

#include <exiv2/exiv2.hpp>

#include <array>
#include <charconv>
#include <cmath>
#include <utility>

#include "foundation/base/text.hpp"
#include "preserve/media/exiv2_support.hpp"
#include "preserve/media/file_io.hpp"
#include "preserve/media/limits.hpp"

namespace tesseras::media {
namespace {

// The text of a metadatum without the zeros and spaces that pad it; empty when it is not there.
template <class Data, class Key>
std::string text_of(const Data& data, const char* name) {
  const auto at = data.findKey(Key(name));
  if (at == data.end()) return {};
  std::string text = at->value().toString();
  if (const auto zero = text.find('\0'); zero != std::string::npos) text.resize(zero);
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

std::string exif_text(const Exiv2::ExifData& exif, const char* name) {
  return text_of<Exiv2::ExifData, Exiv2::ExifKey>(exif, name);
}

std::string xmp_text(const Exiv2::XmpData& xmp, const char* name) {
  return text_of<Exiv2::XmpData, Exiv2::XmpKey>(xmp, name);
}

std::optional<CaptureTime> exif_time(const Exiv2::ExifData& exif) {
  constexpr std::array<std::array<const char*, 3>, 3> fields = {{
      {"Exif.Photo.DateTimeOriginal", "Exif.Photo.SubSecTimeOriginal",
       "Exif.Photo.OffsetTimeOriginal"},
      {"Exif.Image.DateTimeOriginal", "Exif.Photo.SubSecTimeOriginal",
       "Exif.Photo.OffsetTimeOriginal"},
      {"Exif.Photo.DateTimeDigitized", "Exif.Photo.SubSecTimeDigitized",
       "Exif.Photo.OffsetTimeDigitized"},
  }};
  for (const auto& [time, fraction, offset] : fields) {
    if (auto parsed = parse_exif_time(exif_text(exif, time), exif_text(exif, fraction),
                                      exif_text(exif, offset))) {
      return CaptureTime{std::move(*parsed), Origin::exif};
    }
  }
  return std::nullopt;
}

std::optional<CaptureTime> xmp_time(const Exiv2::XmpData& xmp) {
  for (const auto* name :
       {"Xmp.exif.DateTimeOriginal", "Xmp.photoshop.DateCreated", "Xmp.xmp.CreateDate"}) {
    auto parsed = parse_local_time(xmp_text(xmp, name));
    if (parsed && is_known_time(*parsed)) return CaptureTime{std::move(*parsed), Origin::xmp};
  }
  return std::nullopt;
}

// Degrees, minutes and seconds as three fractions. 0/0 for minutes or seconds is how devices say
// that they left them out; any other division by zero makes the angle unknown.
std::optional<double> exif_angle(const Exiv2::ExifData& exif, const char* name) {
  const auto at = exif.findKey(Exiv2::ExifKey(name));
  if (at == exif.end() || at->count() < 1 || at->count() > 3) return std::nullopt;
  double angle = 0;
  double unit = 1;
  for (std::size_t i = 0; i < at->count(); ++i) {
    // Unsigned in the file; the library hands them out as signed.
    const auto [above, below] = at->value().toRational(i);
    const auto numerator = static_cast<double>(static_cast<std::uint32_t>(above));
    const auto denominator = static_cast<double>(static_cast<std::uint32_t>(below));
    if (denominator == 0 && (numerator != 0 || i == 0)) return std::nullopt;
    const double part = denominator == 0 ? 0 : numerator / denominator;
    if (i > 0 && part >= 60.0001) return std::nullopt;  // 60 exactly comes of rounding
    angle += part * unit;
    unit /= 60;
  }
  return angle;
}

// No reference, no position: a guessed hemisphere is a wrong one half of the time.
std::optional<double> signed_angle(const Exiv2::ExifData& exif, const char* name,
                                   const char* reference, char positive, char negative) {
  const auto angle = exif_angle(exif, name);
  const std::string side = exif_text(exif, reference);
  if (!angle || side.empty()) return std::nullopt;
  const char c = side[0] >= 'a' ? static_cast<char>(side[0] - 'a' + 'A') : side[0];
  if (c != positive && c != negative) return std::nullopt;
  return c == positive ? *angle : -*angle;
}

std::optional<CapturePosition> known(std::optional<double> latitude,
                                     std::optional<double> longitude, Origin source) {
  if (!latitude || !longitude) return std::nullopt;
  const Coordinates at{*latitude, *longitude};
  if (!is_known_position(at)) return std::nullopt;
  return CapturePosition{at, source};
}

std::optional<CapturePosition> exif_position(const Exiv2::ExifData& exif) {
  // V: the receiver had no fix, and what stands there is left over.
  if (exif_text(exif, "Exif.GPSInfo.GPSStatus").starts_with('V')) return std::nullopt;
  return known(
      signed_angle(exif, "Exif.GPSInfo.GPSLatitude", "Exif.GPSInfo.GPSLatitudeRef", 'N', 'S'),
      signed_angle(exif, "Exif.GPSInfo.GPSLongitude", "Exif.GPSInfo.GPSLongitudeRef", 'E', 'W'),
      Origin::exif);
}

std::optional<CapturePosition> xmp_position(const Exiv2::XmpData& xmp) {
  return known(parse_xmp_angle(xmp_text(xmp, "Xmp.exif.GPSLatitude"), 'N', 'S'),
               parse_xmp_angle(xmp_text(xmp, "Xmp.exif.GPSLongitude"), 'E', 'W'), Origin::xmp);
}

// What cameras write into ImageDescription by themselves.
bool is_made_by_a_camera(std::string_view text) {
  for (const auto ending : {"DIGITAL CAMERA", "KODAK Digital Still Camera"}) {
    if (text.ends_with(ending)) return true;
  }
  for (const auto whole : {"SONY DSC", "Minolta DSC", "Digital Camera", "dav", "hdr", "untitled"}) {
    if (text == whole) return true;
  }
  return text.starts_with("cof_") || text.starts_with("DCIM");
}

std::string caption_if_usable(std::string text) {
  const bool usable =
      text.size() <= Limits::caption_bytes_max && base::is_utf8(text) && !text.contains('\0');
  return usable ? std::move(text) : std::string();
}

std::string caption_of(const Exiv2::Image& image) {
  const auto& xmp = image.xmpData();
  const auto described = xmp.findKey(Exiv2::XmpKey("Xmp.dc.description"));
  if (described != xmp.end()) {
    const auto* alternatives = dynamic_cast<const Exiv2::LangAltValue*>(&described->value());
    std::string text = alternatives ? alternatives->toString("x-default") : std::string();
    if (text.empty() && alternatives && !alternatives->value_.empty()) {
      text = alternatives->value_.begin()->second;
    }
    text = caption_if_usable(std::move(text));
    if (!text.empty() && !is_made_by_a_camera(text)) return text;
  }
  const auto& iptc = image.iptcData();
  auto text = caption_if_usable(
      text_of<Exiv2::IptcData, Exiv2::IptcKey>(iptc, "Iptc.Application2.Caption"));
  if (!text.empty()) return text;
  text = caption_if_usable(exif_text(image.exifData(), "Exif.Image.ImageDescription"));
  return is_made_by_a_camera(text) ? std::string() : text;
}

bool says_a_place(const Exiv2::Image& image) {
  for (const auto& datum : image.exifData()) {
    if (is_place_key(datum.key())) return true;
  }
  for (const auto& datum : image.xmpData()) {
    if (is_place_key(datum.key())) return true;
  }
  for (const auto& datum : image.iptcData()) {
    if (is_place_key(datum.key())) return true;
  }
  return false;
}

}  // namespace

std::optional<LocalTime> parse_exif_time(std::string_view time, std::string_view fraction,
                                         std::string_view offset) {
  if (time.size() != 19) return std::nullopt;
  std::string iso(time);
  for (const std::size_t at : {4U, 7U}) {
    if (iso[at] != ':' && iso[at] != '-' && iso[at] != '/') return std::nullopt;
    iso[at] = '-';
  }
  auto parsed = parse_local_time(iso);
  if (!parsed || !is_known_time(*parsed) || parsed->at.year == 0) return std::nullopt;
  const bool digits = !fraction.empty() && fraction.size() <= 9 &&
                      fraction.find_first_not_of("0123456789") == std::string_view::npos;
  if (digits) parsed->fraction = fraction;
  // Read as part of a time, so that there is one idea of what an offset is.
  const auto with_offset = parse_local_time(iso + std::string(offset));
  if (with_offset && with_offset->fraction.empty()) {
    parsed->offset_minutes = with_offset->offset_minutes;
  }
  return parsed;
}

std::optional<double> parse_xmp_angle(std::string_view text, char positive, char negative) {
  if (text.size() < 2 || text.size() > 64) return std::nullopt;
  if (text.back() != positive && text.back() != negative) return std::nullopt;
  const double sign = text.back() == positive ? 1 : -1;
  text.remove_suffix(1);
  double angle = 0;
  double unit = 1;
  for (int part = 0; part < 3; ++part) {
    double value = 0;
    const auto [end, error] =
        std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
    if (error != std::errc() || !std::isfinite(value) || value < 0 || (part > 0 && value > 60))
      return std::nullopt;
    angle += value * unit;
    unit /= 60;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    if (text.empty()) return sign * angle;
    if (text.front() != ',') return std::nullopt;
    text.remove_prefix(1);
  }
  return std::nullopt;
}

base::Result<Capture> read_image_capture(runtime::File& file, std::uint64_t size_bytes) {
  Capture capture;
  if (size_bytes > Limits::image_bytes_max) return capture;
  prepare_image_library();
  std::optional<base::Error> broken;
  try {
    const auto image = Exiv2::ImageFactory::open(make_file_io(file, size_bytes, broken));
    if (!image) return capture;  // of no type that the library knows
    image->readMetadata();
    capture.readable = true;
    const auto& exif = image->exifData();
    const auto& xmp = image->xmpData();
    capture.time = exif_time(exif);
    if (!capture.time) capture.time = xmp_time(xmp);
    capture.position = exif_position(exif);
    if (!capture.position) capture.position = xmp_position(xmp);
    capture.caption = caption_of(*image);
    capture.has_place = says_a_place(*image);
  } catch (const std::exception&) {
    // What a damaged or hostile file says is unknown; what was read before stays.
    capture.readable = false;
  }
  if (broken) return base::fail(*broken);
  return capture;
}

}  // namespace tesseras::media
