// A text that the user hands over: in a file, or on standard input, as it comes from a scanner.
#pragma once

#include <filesystem>
#include <string>

#include "foundation/base/result.hpp"
#include "foundation/runtime/disk.hpp"

namespace tesseras::tes {

// All of a file, or of standard input where `file` is "-"; without the "QR-Code:" that a scanner
// (zbarimg) says before what it has read. corrupt: it has more than `bytes_max`. io: standard input
// cannot be read. Else as Disk::open_read.
base::Result<std::string> read_given_text(runtime::Disk& disk, const std::filesystem::path& file,
                                          std::size_t bytes_max);

}  // namespace tesseras::tes
