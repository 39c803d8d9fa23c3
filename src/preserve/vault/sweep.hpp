// Taking away: tesserae that are removed, orphans, dead space in packs.
#pragma once

#include "preserve/vault/store.hpp"

namespace tesseras::vault {

// As Vault has them.
Result<void> remove(Store& store, const ContentHash& content_hash, base::WallTime now);
Result<SweepReport> sweep(Store& store, base::WallTime now);

// A sweep, when the last one is longer ago than Limits::sweep_pause.
Result<void> sweep_if_due(Store& store, base::WallTime now);

}  // namespace tesseras::vault
