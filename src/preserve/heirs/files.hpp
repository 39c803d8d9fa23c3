// Shares as files: two of each, heir_share_I.bin and heir_share_I.txt.
#pragma once

#include <span>
#include <vector>

#include "foundation/runtime/disk.hpp"
#include "preserve/heirs/share_text.hpp"

namespace tesseras::heirs {

// Writes both forms of each, for their owner alone (mode 0600), into a folder that is made when it
// is missing. All are on the medium once this returns, or none of them is there. Their names, in
// order. conflict: one of these names is taken; nothing is written. Else as the disk says.
Result<std::vector<std::string>> write_shares(runtime::Disk& disk, const runtime::path& folder,
                                              std::span<const Share> shares);

// A file of either form. corrupt, unsupported: as decode_any(); not_found, denied, io: as the disk
// says. Every message names the file.
Result<Reading> read_share(runtime::Disk& disk, const runtime::path& file);

}  // namespace tesseras::heirs
