// A recovered identity in the place of the one that a data dir has.
#pragma once

#include <optional>

#include "foundation/base/time.hpp"
#include "foundation/runtime/disk.hpp"
#include "preserve/identity/store.hpp"

namespace tesseras::heirs {

using base::Result;

// Makes `seed` the identity of `data_dir`, which is made when it is missing. Where the one that was
// there is kept, whole: identity.before-<the time> beside it; nullopt when there was none. It is
// moved only once the new one is complete on the medium; a power cut in between leaves it there, or
// in the place where it is kept, and the shares make the other one again.
// conflict: that name is taken, or somebody else made an identity meanwhile. Errors otherwise as
// IdentityStore::create(), and of the disk; then the identity that was there is in its place, or
// the message says where it is.
Result<std::optional<runtime::path>> install(runtime::Disk& disk, const runtime::path& data_dir,
                                             const identity::RootSeed& seed,
                                             const std::optional<identity::Protection>& protection,
                                             base::WallTime now);

}  // namespace tesseras::heirs
