// The texts that ship in every tessera, built into the program from spec/. Pure.
#pragma once

#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "preserve/tessera/media_type.hpp"

namespace tesseras::tessera {

// Points into the program: valid for ever.
struct ShippedText {
  std::string_view path;  // below spec/, and in the tessera: "README.decode", "decode/jpeg.txt"
  std::string_view bytes;
};

// All of them, sorted by path.
std::span<const ShippedText> all_texts();

// Those of one tessera: README.decode, schema/v1.json, the texts that are always there (formats,
// text, json, hashes, signatures, tar), one for each format, and those that this one leans on;
// sorted by path, each once.
std::vector<ShippedText> texts_for(const std::set<MediaFormat>& formats);

// Those of an encrypted one, which shows nothing of what it holds: README.decode for such, and what
// it takes to check and to open it; sorted by path. With witnesses, one more.
std::vector<ShippedText> texts_for_encrypted(bool has_witnesses);

// Only those below decode/.
std::vector<ShippedText> decode_texts_for(const std::set<MediaFormat>& formats);

// "text/plain", or "application/json" for the schema: the media type of a shipped text.
std::string_view media_type_of(const ShippedText& text);

}  // namespace tesseras::tessera
