// Ed25519 (RFC 8032), pure.
//
// Verification is strict, so that all who check agree and a signature fits one key and one
// message only: S is less than the group's order, the public key is written canonically and is
// none of the eight points of small order (for which a signature can fit many messages), and
// the equation is checked without the cofactor, by comparing R's bytes.
#pragma once

#include "foundation/base/bytes.hpp"
#include "foundation/base/strong_id.hpp"
#include "foundation/crypto/evp.hpp"
#include "foundation/crypto/secret.hpp"

namespace tesseras::crypto {

struct Ed25519PublicKeyTag;
using Ed25519PublicKey = base::StrongId<Ed25519PublicKeyTag, 32>;
struct Ed25519SignatureTag;
using Ed25519Signature = base::StrongId<Ed25519SignatureTag, 64>;

class Ed25519Key {
 public:
  // The seed is RFC 8032's private key; every one is valid.
  static Ed25519Key from_seed(const SecretBytes<32>& seed);

  const Ed25519PublicKey& public_key() const { return public_key_; }
  // Deterministic: the same message gives the same signature.
  Ed25519Signature sign(base::ByteSpan message) const;

 private:
  explicit Ed25519Key(EvpKey key);

  EvpKey key_;
  Ed25519PublicKey public_key_;
};

// Whether strictness allows the key: written canonically, and not of small order.
[[nodiscard]] bool is_usable(const Ed25519PublicKey& key);

// False for anything but a valid signature, a public key that is not usable included.
[[nodiscard]] bool verify(const Ed25519PublicKey& key, base::ByteSpan message,
                          const Ed25519Signature& signature);

}  // namespace tesseras::crypto
