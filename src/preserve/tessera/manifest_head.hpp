// How a MANIFEST begins (spec/tessera.md, section 2.1): enough to tell whose a tessera is, where
// only the first BLAKE3 chunk of its MANIFEST is there.
#pragma once

#include <string_view>

#include "foundation/base/result.hpp"
#include "preserve/tessera/manifest.hpp"

namespace tesseras::tessera {

struct ManifestHead {
  base::WallTime created;  // whole seconds
  CreatorKey creator;
  crypto::Blake3Hash creator_mldsa65;  // of the key file

  bool operator==(const ManifestHead&) const = default;
};

// Up to the line of `creator-mldsa65`: every MANIFEST of version 1 has these lines first.
inline constexpr std::size_t manifest_head_bytes = 206;

// corrupt: no MANIFEST of version 1 begins so.
base::Result<ManifestHead> parse_manifest_head(std::string_view beginning);

}  // namespace tesseras::tessera
