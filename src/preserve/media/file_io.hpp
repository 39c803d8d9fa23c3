// Lets the image library read through the disk seam, so that tests need no real files and a name
// such as "http://…" is never more than a name.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "foundation/base/result.hpp"
#include "foundation/runtime/disk.hpp"

namespace Exiv2 {
class BasicIo;
}

namespace tesseras::media {

// Read-only. `file` and `broken` must outlive it; `broken` gets the first error of the disk, since
// the library can only be told that there are no more bytes.
std::unique_ptr<Exiv2::BasicIo> make_file_io(runtime::File& file, std::uint64_t size_bytes,
                                             std::optional<base::Error>& broken);

}  // namespace tesseras::media
