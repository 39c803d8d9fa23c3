// tar and zip as packages, read through libarchive.
#pragma once

#include "preserve/custody/limits.hpp"
#include "preserve/custody/package.hpp"

namespace tesseras::custody {

// unsupported when it is no archive that we read. next() gives exhausted beyond `entries_max`
// files and folders.
Result<std::unique_ptr<Package>> open_archive(
    runtime::Disk& disk, const path& file, std::stop_token stop,
    std::uint64_t entries_max = Limits::archive_entries_max);

}  // namespace tesseras::custody
