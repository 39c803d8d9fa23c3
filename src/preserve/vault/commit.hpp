// Makes what a transaction collected visible (spec/vault.md, section 4).
#pragma once

#include "preserve/vault/staging.hpp"

namespace tesseras::vault {

// As Transaction::commit; the MANIFESTs have been put.
Result<void> commit(Staging& staging, std::span<const KeptTessera> tesserae,
                    base::WallTime kept_at);

}  // namespace tesseras::vault
