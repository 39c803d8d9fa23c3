// Reads a vault again from the medium and compares it with what it should be.
#pragma once

#include "preserve/vault/store.hpp"

namespace tesseras::vault {

// As Vault::check.
Result<CheckReport> check(Store& store, runtime::Progress& progress, std::stop_token stop);

}  // namespace tesseras::vault
