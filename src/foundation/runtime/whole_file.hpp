// Small files that are read and written as a whole: keys, lists of peers, notes to oneself.
#pragma once

#include <cstdint>
#include <string>

#include "foundation/base/bytes.hpp"
#include "foundation/runtime/disk.hpp"

namespace tesseras::runtime {

// All of a file. corrupt: it has more than `bytes_max`; else as Disk::open_read.
Result<base::Bytes> read_whole(Disk& disk, const path& file, std::size_t bytes_max);
Result<std::string> read_whole_text(Disk& disk, const path& file, std::size_t bytes_max);

// FILE.new: where a file is written before it takes its name. A run cut short may leave one.
path new_name_of(const path& file);

// Makes FILE.new with these bytes, on the medium but for its name, whatever was there before. Its
// path, for the caller to rename. Errors of the disk; then there is none.
Result<path> write_new(Disk& disk, const path& file, std::uint32_t permissions,
                       base::ByteSpan bytes);

// Puts `bytes` in the place of `file`, in a folder that is there: after it, and after a power cut,
// the file is the old one or the new one, whole. One writer at a time. Errors of the
// disk; then the old one is there, but for one of bringing the folder to the medium at last: then
// the new one is, and a power cut may bring the old one back.
Result<void> replace_whole(Disk& disk, const path& file, std::uint32_t permissions,
                           base::ByteSpan bytes);

}  // namespace tesseras::runtime
