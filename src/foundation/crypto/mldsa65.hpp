// ML-DSA-65 (FIPS 204): pure (not pre-hashed), with the empty context string, and signing
// deterministically (the variant with rnd = 32 zero bytes), so that signing again gives the
// same bytes.
#pragma once

#include "foundation/base/bytes.hpp"
#include "foundation/base/strong_id.hpp"
#include "foundation/crypto/evp.hpp"
#include "foundation/crypto/secret.hpp"

namespace tesseras::crypto {

struct MlDsa65PublicKeyTag;
using MlDsa65PublicKey = base::StrongId<MlDsa65PublicKeyTag, 1952>;
struct MlDsa65SignatureTag;
using MlDsa65Signature = base::StrongId<MlDsa65SignatureTag, 3309>;

class MlDsa65Key {
 public:
  // The seed is xi of FIPS 204 algorithm 1; every one is valid.
  static MlDsa65Key from_seed(const SecretBytes<32>& seed);

  const MlDsa65PublicKey& public_key() const { return public_key_; }
  MlDsa65Signature sign(base::ByteSpan message) const;

 private:
  explicit MlDsa65Key(EvpKey key);

  EvpKey key_;
  MlDsa65PublicKey public_key_;
};

// False for anything but a valid signature with the empty context.
[[nodiscard]] bool verify(const MlDsa65PublicKey& key, base::ByteSpan message,
                          const MlDsa65Signature& signature);

}  // namespace tesseras::crypto
