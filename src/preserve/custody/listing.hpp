// The list of a tessera's files while it grows, and what becomes of their bytes.
#pragma once

#include <functional>
#include <string_view>

#include "preserve/custody/hashing.hpp"
#include "preserve/identity/identity.hpp"
#include "preserve/tessera/manifest.hpp"

namespace tesseras::custody {

// Keeps a file of this BLAKE3 until the tessera is whole. Any thread.
using Put = std::function<Result<void>(const crypto::Blake3Hash& hash, base::ByteSpan bytes)>;

// Puts a file and lists it. Errors: those of `put`.
Result<void> add_file(tessera::ManifestBuilder& files, const Put& put, std::string_view path,
                      base::ByteSpan bytes, std::string_view media_type);

// The three of the creator.
Result<void> add_keys(tessera::ManifestBuilder& files, const Put& put,
                      const identity::PublicKeys& keys);

// Who made it, and when; the rest as it is for a public tessera of nothing in particular.
tessera::ManifestHeader header_of(const identity::PublicKeys& creator, base::WallTime created);

}  // namespace tesseras::custody
