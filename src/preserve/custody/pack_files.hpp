// The files of a tessera whose pack (spec/pack.md) can be read from anywhere.
#pragma once

#include "preserve/custody/files.hpp"

namespace tesseras::custody {

// Fills the span from that offset of the pack; fewer bytes than asked only at its end. One thread
// at a time.
using ReadAt = std::function<Result<std::size_t>(std::uint64_t offset, base::MutableByteSpan into)>;
// Another one that reads the same: each file that is open has its own. Any thread.
using OpenReadAt = std::function<Result<ReadAt>()>;

// corrupt, from find() and whatever comes after it: it is no pack of a tessera. Errors of what it
// reads from otherwise.
std::unique_ptr<Files> files_in_pack(OpenReadAt open);

}  // namespace tesseras::custody
