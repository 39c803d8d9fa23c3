// What repairs gather and are made of, on the disk: a folder for each plan, which outlives the
// program. Machines are switched off at night; what was got in the evening is to be there in the
// morning.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "foundation/base/result.hpp"
#include "foundation/base/strong_id.hpp"
#include "foundation/base/time.hpp"
#include "foundation/runtime/disk.hpp"

namespace tesseras::upkeep {

// A plan's folder, as an earlier run has left it.
struct LeftBehind {
  base::PlanId plan;
  // Since when all of its pack is there; nullopt: only some fragments are, or none.
  std::optional<base::WallTime> pack_since;
  std::uint64_t bytes = 0;  // of all files in it

  bool operator==(const LeftBehind&) const = default;
};

// What is in `folder` and is no plan's goes. Nothing of what is left is taken on its word: the
// hashes of fragments are looked at when they are used. Blocks. What cannot be read is passed over.
std::vector<LeftBehind> left_behind(runtime::Disk& disk, const runtime::path& folder);

// Writes down, in a plan's folder, that all of its pack is there since then, and brings all of it
// to the medium. Blocks; errors of the disk.
base::Result<void> note_pack(runtime::Disk& disk, const runtime::path& folder,
                             base::WallTime since);

}  // namespace tesseras::upkeep
