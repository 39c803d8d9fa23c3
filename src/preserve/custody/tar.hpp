// Writing POSIX tar (IEEE Std 1003.1, pax and ustar interchange formats), always the same bytes
// for the same files (spec/pack.md, section 2): no owner, no group, one mode, the time given, as
// far as ustar can tell it. Written by us because these bytes must not change with a library's
// version. Reading is archive.hpp's.
#pragma once

#include <cstdint>
#include <string_view>

#include "foundation/base/bytes.hpp"
#include "foundation/base/time.hpp"

namespace tesseras::custody {

inline constexpr std::size_t tar_block_bytes = 512;

// What stands before a regular file's bytes: one block, and before it a pax header where the
// path is too long for ustar or the size has more than 33 bits. `path` is at most 8192 bytes.
base::Bytes tar_header(std::string_view path, std::uint64_t size_bytes, base::WallTime modified);

// Zeros after a file's bytes, up to the next block.
std::size_t tar_padding_bytes(std::uint64_t size_bytes);

// Two blocks of zeros.
inline constexpr std::size_t tar_end_bytes = 2 * tar_block_bytes;

}  // namespace tesseras::custody
