// What our uses of the image library share. It keeps state of its own for the whole program (a
// logger and a registry of XMP names), which is set up here once.
#pragma once

#include <string_view>

namespace tesseras::media {

// Silences its logger, which would write what hostile files say to the terminal, and makes its
// XMP registry safe to use from several threads. Cheap to call again.
void prepare_image_library();

// True for a metadatum that says where: its key as the library names it, such as
// "Exif.GPSInfo.GPSLatitude", "Xmp.photoshop.City", "Iptc.Application2.SubLocation".
bool is_place_key(std::string_view key);

}  // namespace tesseras::media
