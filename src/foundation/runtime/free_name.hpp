// Names that must be free, whatever a run that was cut short has left there.
#pragma once

#include <cstdint>
#include <memory>

#include "foundation/runtime/disk.hpp"

namespace tesseras::runtime {

// No error when there is nothing; else as Disk::remove.
Result<void> remove_if_there(Disk& disk, const path& file);

// A new file in the place of any other. Errors of the disk; then what was there may be gone.
Result<std::unique_ptr<File>> create_anew(Disk& disk, const path& file, std::uint32_t permissions);

}  // namespace tesseras::runtime
