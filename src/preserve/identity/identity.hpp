// Who a creator is: three keys that derive from one root seed of 32 random bytes.
//
// The seed is everything: with it heirs sign and decrypt, without it nobody does. The derivation
// is fixed for ever (spec/identity.md, section 1): BLAKE3's derive-key mode over the seed, with
// a context string for each key.
#pragma once

#include <string_view>

#include "foundation/base/bytes.hpp"
#include "foundation/base/result.hpp"
#include "foundation/base/strong_id.hpp"
#include "foundation/crypto/ed25519.hpp"
#include "foundation/crypto/mldsa65.hpp"
#include "foundation/crypto/secret.hpp"
#include "foundation/crypto/xwing.hpp"

namespace tesseras::identity {

// Never to be changed: another string is another family of keys.
inline constexpr std::string_view ed25519_context = "tesseras ed25519 v1";
inline constexpr std::string_view mldsa65_context = "tesseras mldsa65 v1";
inline constexpr std::string_view xwing_context = "tesseras xwing v1";

using RootSeed = crypto::SecretBytes<32>;

// From the operating system's randomness.
RootSeed new_root_seed();

struct FingerprintTag;
// First 8 bytes of the BLAKE3 of an Ed25519 public key: a name short enough to be read aloud.
// It is for people and for telling shares apart; nothing is decided by it alone.
using Fingerprint = base::StrongId<FingerprintTag, 8>;

Fingerprint fingerprint_of(const crypto::Ed25519PublicKey& key);

struct PublicKeys {
  crypto::Ed25519PublicKey ed25519;
  crypto::MlDsa65PublicKey mldsa65;
  crypto::XWingPublicKey xwing;

  bool operator==(const PublicKeys&) const = default;
};

struct Signatures {
  crypto::Ed25519Signature ed25519;
  crypto::MlDsa65Signature mldsa65;

  bool operator==(const Signatures&) const = default;
};

class Identity {
 public:
  // Every seed is valid. The seed itself is not kept.
  static Identity from_seed(const RootSeed& seed);

  const PublicKeys& public_keys() const { return public_keys_; }
  Fingerprint fingerprint() const { return fingerprint_of(public_keys_.ed25519); }

  // Both signatures over exactly these bytes; the same each time. They are a MANIFEST's, or
  // begin with "tesseras <kind> v1\n": one signature must never serve for two kinds of thing.
  Signatures sign(base::ByteSpan message) const;

  // corrupt: the ciphertext is none. One made for another key gives a secret that opens nothing.
  base::Result<crypto::SecretBytes<32>> decapsulate(
      const crypto::XWingCiphertext& ciphertext) const;

 private:
  Identity(crypto::Ed25519Key ed25519, crypto::MlDsa65Key mldsa65, crypto::XWingKey xwing);

  crypto::Ed25519Key ed25519_;
  crypto::MlDsa65Key mldsa65_;
  crypto::XWingKey xwing_;
  PublicKeys public_keys_;
};

}  // namespace tesseras::identity
