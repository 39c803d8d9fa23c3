// Base64 (RFC 4648, section 4, with padding) of secrets: no table is looked into by them, no branch
// taken, and no copy left behind, also where it fails.
#pragma once

#include <optional>
#include <string_view>

#include "foundation/crypto/secret.hpp"

namespace tesseras::heirs {

crypto::SecretBuffer to_secret_base64(base::ByteSpan secret);

// Strict, as base::from_base64: nullopt for any other character, wrong padding or bits set beyond
// the last byte. Time depends on the size alone, and on where the padding begins.
std::optional<crypto::SecretBuffer> from_secret_base64(std::string_view text);

}  // namespace tesseras::heirs
