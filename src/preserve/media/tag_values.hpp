// What stands in tags of many formats: covers, and packets of XML.
#pragma once

#include "foundation/base/bytes.hpp"
#include "foundation/base/result.hpp"

namespace tesseras::media {

// A picture within a tag. JPEG, PNG and WebP are looked through as a picture in a file of its own
// is (strip_image.hpp); a doubt when there would be anything to remove, and for other formats.
base::Result<void> check_cover(base::ByteSpan picture);

// iXML, ADM, XMP: a doubt when a word in it is about a place, or when it may be no text.
base::Result<void> check_xml(std::string_view name, base::ByteSpan packet);

}  // namespace tesseras::media
