// From a MANIFEST to what the index holds of a tessera. Pure.
#pragma once

#include "preserve/vault/index.hpp"
#include "preserve/vault/record.hpp"

namespace tesseras::vault {

// `signature_bytes`: the sizes of both signature files together.
IndexedTessera describe(const tessera::Manifest& manifest, const KeptEntry& entry,
                        std::uint64_t signature_bytes);

// What is left when the MANIFEST cannot be read.
IndexedTessera describe_unreadable(const KeptEntry& entry);

}  // namespace tesseras::vault
