// Rewrites packs that are mostly dead (spec/vault.md, section 4).
#pragma once

#include "preserve/vault/store.hpp"

namespace tesseras::vault {

// With the writers' lock held. Adds to the report what it did.
Result<void> repack(Store& store, SweepReport& report);

}  // namespace tesseras::vault
