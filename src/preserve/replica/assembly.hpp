// Fragments that lie in files, back into the pack that they are of.
#pragma once

#include "foundation/base/result.hpp"
#include "foundation/runtime/disk.hpp"
#include "preserve/erasure/shape.hpp"
#include "preserve/replica/placement.hpp"

namespace tesseras::replica {

// The file of a fragment in such a folder: its number.
runtime::path fragment_file(const runtime::path& folder, unsigned fragment);

// Makes the file `pack` (replaced where it is there) out of the fragments `have` in `folder`, each
// whole: at least shape.data() of them. Their files stay. In a bounded amount of memory; any
// thread. What comes of it is not durable yet. invalid: too few; errors of the disk.
base::Result<void> assemble(runtime::Disk& disk, const runtime::path& folder,
                            const erasure::Shape& shape, const Fragments& have,
                            const runtime::path& pack);

}  // namespace tesseras::replica
