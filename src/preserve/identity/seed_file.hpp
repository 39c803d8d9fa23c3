// The bytes of root.seed: the root seed as it lies on a disk, bare or under a passphrase.
// Pure; spec/identity.md, section 2, is the format, and every bit of it may be hostile.
#pragma once

#include <array>
#include <variant>

#include "foundation/base/bytes.hpp"
#include "foundation/base/result.hpp"
#include "foundation/crypto/aead.hpp"
#include "foundation/crypto/argon2id.hpp"
#include "foundation/crypto/secret.hpp"
#include "preserve/identity/identity.hpp"

namespace tesseras::identity {

// What heirs are given shares of: version 0x01, flags 0x00, the seed.
inline constexpr std::size_t heir_blob_size_bytes = 34;
using HeirBlob = crypto::SecretBytes<heir_blob_size_bytes>;

HeirBlob encode_heir_blob(const RootSeed& seed);
// corrupt: not 34 bytes. unsupported: another version, or flags that this one does not know.
base::Result<RootSeed> decode_heir_blob(base::ByteSpan bytes);

using Salt = std::array<std::byte, 16>;

// A seed under a passphrase, as read and not yet opened.
struct ProtectedSeed {
  crypto::Argon2idCost cost;
  Salt salt{};
  crypto::AeadNonce nonce{};
  std::array<std::byte, heir_blob_size_bytes + crypto::Aes256Gcm::tag_size_bytes> sealed{};
};

inline constexpr std::size_t protected_seed_size_bytes = 130;
using ProtectedSeedBytes = std::array<std::byte, protected_seed_size_bytes>;

// Seals under a fresh salt and nonce.
// invalid: the passphrase is empty or too long, or the cost is outside Limits.
// exhausted: the machine has not the memory for the cost.
base::Result<ProtectedSeedBytes> protect(const RootSeed& seed, base::ByteSpan passphrase,
                                         const crypto::Argon2idCost& cost);
// The same with a given salt and nonce. For vectors.
base::Result<ProtectedSeedBytes> protect_with(const RootSeed& seed, base::ByteSpan passphrase,
                                              const crypto::Argon2idCost& cost, const Salt& salt,
                                              const crypto::AeadNonce& nonce);

// A seed that lies bare, or one that wants a passphrase.
using SeedFile = std::variant<RootSeed, ProtectedSeed>;

// corrupt: damaged (for a protected seed any change is found, without the passphrase), or asking
// for more than Limits. unsupported: written by a newer release.
base::Result<SeedFile> decode_seed_file(base::ByteSpan bytes);

// Whether these bytes, a whole file, are a seed, bare or protected, damaged or not: nothing that
// may be published. No text and no picture is one: none has 34 bytes of which the first are 1, 0.
bool looks_like_seed(base::ByteSpan bytes);

// denied: the passphrase is another one. exhausted: as protect().
base::Result<RootSeed> unprotect(const ProtectedSeed& seed, base::ByteSpan passphrase);

}  // namespace tesseras::identity
