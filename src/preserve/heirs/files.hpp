// Shares as files: two of each, heir_share_I.bin and heir_share_I.txt, and heir_share_I.pdf to be
// printed where it is wanted.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "foundation/paper/language.hpp"
#include "foundation/runtime/disk.hpp"
#include "preserve/heirs/share_text.hpp"

namespace tesseras::heirs {

// Writes both forms of each, and pages in a language where one is given, for their owner alone
// (mode 0600), into a folder that is made when it is missing. All are on the medium once this
// returns, or none of them is there. Their names, in order. conflict: one of these names is taken;
// exhausted: as heir_page(). Then nothing is written. Else as the disk says.
Result<std::vector<std::string>> write_shares(runtime::Disk& disk, const runtime::path& folder,
                                              std::span<const Share> shares,
                                              std::optional<paper::Language> page = {});

// A file of either form. corrupt, unsupported: as decode_any(); not_found, denied, io: as the disk
// says. Every message names the file.
Result<Reading> read_share(runtime::Disk& disk, const runtime::path& file);

}  // namespace tesseras::heirs
