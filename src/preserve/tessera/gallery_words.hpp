// The few words of our own on a gallery's page, in the seven languages of README.decode. Not for
// others.
#pragma once

#include <string_view>

namespace tesseras::tessera {

struct GalleryWords {
  std::string_view language;  // a primary language subtag, and the lang attribute of these words
  std::string_view memories;
  std::string_view made;
  std::string_view creator;
  std::string_view page;
  std::string_view previous;
  std::string_view next;
  std::string_view read_on;
  std::string_view open;
  std::string_view not_shown;  // "Not every browser shows this format"
  std::string_view in_parts;
  // A sentence in which {M} and {R} stand for links to MANIFEST and README.decode.
  std::string_view check;
};

// Those of the tag's language, else the English ones.
const GalleryWords& words_for(std::string_view language_tag);

}  // namespace tesseras::tessera
