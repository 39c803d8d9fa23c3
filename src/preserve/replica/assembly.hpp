// Fragments that lie in files, back into the pack that they are of.
#pragma once

#include "foundation/base/result.hpp"
#include "foundation/runtime/disk.hpp"
#include "preserve/erasure/shape.hpp"
#include "preserve/replica/pack_fragments.hpp"
#include "preserve/replica/placement.hpp"

namespace tesseras::replica {

// The file of a fragment in such a folder: its number.
runtime::path fragment_file(const runtime::path& folder, unsigned fragment);

// Makes the pieces of the pack that are missing in `folder`, where the fragments `have` lie, each
// whole: at least shape.data() of them. They get names of their own, since who still brings such a
// fragment may yet find that it was another, and remove it. The fragments that are no pieces go.
// What comes out reads the pack, for as long as the pieces are there; of the tier of copies it
// reads one of those. In a bounded amount of memory; any thread. `disk` outlives it. What is made
// is not durable yet. invalid: too few; errors of the disk.
base::Result<OpenPack> assemble(runtime::Disk& disk, const runtime::path& folder,
                                const erasure::Shape& shape, const Fragments& have);

// What an earlier assembly has made, or begun to make, becomes fragments like others, whose hash is
// still to be looked at. For when nobody brings any. Errors of the disk.
base::Result<void> take_over_rebuilt(runtime::Disk& disk, const runtime::path& folder);

}  // namespace tesseras::replica
