// What holds for every meta.json, whether it is written or read. Not for others.
#pragma once

#include "foundation/base/result.hpp"
#include "preserve/tessera/meta.hpp"

namespace tesseras::tessera {

// Errors (invalid): "meta.json: key: reason".
base::Result<void> check(const Meta& meta);

}  // namespace tesseras::tessera
