// tar and zip as packages, read through libarchive.
#pragma once

#include "preserve/custody/package.hpp"

namespace tesseras::custody {

// unsupported when it is no archive that we read.
Result<std::unique_ptr<Package>> open_archive(runtime::Disk& disk, const path& file,
                                              std::stop_token stop);

}  // namespace tesseras::custody
