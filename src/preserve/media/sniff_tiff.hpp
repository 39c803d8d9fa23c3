// TIFF, and the raws of cameras that are built like it (TIFF 6.0 section 2).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "foundation/base/bytes.hpp"
#include "preserve/tessera/media_type.hpp"

namespace tesseras::media {

struct TiffSniff {
  tessera::MediaFormat format = tessera::MediaFormat::tiff;
  // Where the first directory lies when it has to be read to tell (it is not in `head`); else 0.
  std::uint64_t directory = 0;
};

// nullopt when it is no TIFF. A raw is told by its own magic, by the DNGVersion tag, or by its
// extension together with the maker that the first directory names.
std::optional<TiffSniff> sniff_tiff(base::ByteSpan head, std::string_view extension);

// The same with the beginning of the first directory, wherever in the file it was.
tessera::MediaFormat sniff_tiff_directory(base::ByteSpan head, base::ByteSpan directory,
                                          std::string_view extension);

}  // namespace tesseras::media
