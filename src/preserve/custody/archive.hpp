// tar and zip as packages, read through libarchive.
#pragma once

#include "preserve/custody/hashing.hpp"
#include "preserve/custody/limits.hpp"
#include "preserve/custody/package.hpp"

namespace tesseras::custody {

// unsupported when it is no archive that we read. next() gives exhausted beyond `entries_max`
// files and folders.
Result<std::unique_ptr<StoredPackage>> open_archive(
    runtime::Disk& disk, const path& file, std::stop_token stop,
    std::uint64_t entries_max = Limits::archive_entries_max);

// A tar, not compressed, that comes byte by byte; `shown` is what errors call it. corrupt: it is
// none. Else errors of the source.
Result<std::unique_ptr<Package>> open_tar_stream(Source source, std::string shown,
                                                 std::stop_token stop);

}  // namespace tesseras::custody
