// What a start makes of a holder's folder (spec/holding.md, section 6). Private to this library.
#pragma once

#include "foundation/base/result.hpp"
#include "foundation/runtime/disk.hpp"
#include "preserve/replica/fragment_index.hpp"
#include "preserve/replica/holding_layout.hpp"
#include "preserve/replica/reference_log.hpp"

namespace tesseras::replica {

// Makes the folders that are missing, durably. Errors of the disk.
base::Result<void> prepare_folders(runtime::Disk& disk, const HoldingLayout& layout);

// Brings the index, which has what the log says, in line with what is there, and completes it from
// the plans where the log was not whole. Errors of the disk: nothing is taken for gone that it does
// not give now.
base::Result<void> complete(runtime::Disk& disk, const HoldingLayout& layout,
                            ReferenceLog::Condition condition, FragmentIndex& index);

// Removes what nothing in the index leads to, as well as can be.
void clear_orphans(runtime::Disk& disk, const HoldingLayout& layout, const FragmentIndex& index);

}  // namespace tesseras::replica
