// What a stripped copy is read through. It has no name and lies on no disk: a memory that is to be
// encrypted must not stand beside itself in the clear, and a program that is killed cleans nothing
// up.
#pragma once

#include <memory>
#include <vector>

#include "foundation/base/bytes.hpp"
#include "foundation/runtime/disk.hpp"
#include "preserve/media/quicktime.hpp"

namespace tesseras::media {

// A changed picture, held in memory. Its status is `original`'s, but for the size.
std::unique_ptr<runtime::File> picture_without(base::Bytes bytes, runtime::FileStatus original);

// A film as it stands, but that each of these boxes is read as unused space of the same size. No
// offset into the samples changes. Its status is the film's, so that a change of it is seen.
std::unique_ptr<runtime::File> movie_without(std::vector<PositionBox> boxes,
                                             std::unique_ptr<runtime::File> movie);

}  // namespace tesseras::media
