#include "preserve/media/exiv2_support.hpp"

#include <exiv2/exiv2.hpp>

#include <algorithm>
#include <array>
#include <mutex>

namespace tesseras::media {
namespace {

void lock_registry(void* data, bool lock) {
  auto* mutex = static_cast<std::recursive_mutex*>(data);
  if (lock) {
    mutex->lock();
  } else {
    mutex->unlock();
  }
}

}  // namespace

void prepare_image_library() {
  // Never destroyed: the library may use it until the program ends.
  static auto* registry_mutex = new std::recursive_mutex;
  static const bool ready = [] {
    Exiv2::LogMsg::setLevel(Exiv2::LogMsg::mute);
    Exiv2::LogMsg::setHandler(nullptr);
    return Exiv2::XmpParser::initialize(lock_registry, registry_mutex);
  }();
  static_cast<void>(ready);
}

bool is_place_key(std::string_view key) {
  if (key.starts_with("Exif.GPSInfo.") || key == "Exif.Image.GPSTag") return true;
  // The subject's place in the picture, in pixels.
  if (key.ends_with(".SubjectLocation") || key.contains("Geometr")) return false;
  if (key.starts_with("Exif.Image.") || key.starts_with("Exif.Photo.")) return false;
  if (key.ends_with(".State") || key.ends_with(".coverage")) return true;
  constexpr std::array<std::string_view, 13> words = {
      "GPS",  "Gps",     "Latitude", "Longitude", "Longtitude", "Location", "location",
      "City", "Country", "Province", "Hometown",  "Landmark",   "Geo"};
  return std::ranges::any_of(words, [&](auto word) { return key.contains(word); });
}

}  // namespace tesseras::media
