#include "preserve/identity/identity.hpp"

#include <thread>

#include "foundation/crypto/blake3.hpp"
#include "foundation/crypto/random.hpp"

namespace tesseras::identity {

RootSeed new_root_seed() { return crypto::random_secret<RootSeed::size_bytes>(); }

Fingerprint fingerprint_of(const crypto::Ed25519PublicKey& key) {
  const crypto::Blake3Hash hash = crypto::blake3(key.bytes);
  return *Fingerprint::from_bytes(base::ByteSpan(hash.bytes).first<Fingerprint::size_bytes>());
}

Identity::Identity(crypto::Ed25519Key ed25519, crypto::MlDsa65Key mldsa65, crypto::XWingKey xwing)
    : ed25519_(std::move(ed25519)),
      mldsa65_(std::move(mldsa65)),
      xwing_(std::move(xwing)),
      public_keys_{ed25519_.public_key(), mldsa65_.public_key(), xwing_.public_key()} {}

Identity Identity::from_seed(const RootSeed& seed) {
  const auto derived = [&seed](std::string_view context) {
    return crypto::blake3_derive_key(context, seed.span());
  };
  return Identity(crypto::Ed25519Key::from_seed(derived(ed25519_context)),
                  crypto::MlDsa65Key::from_seed(derived(mldsa65_context)),
                  crypto::XWingKey::from_seed(derived(xwing_context)));
}

Signatures Identity::sign(base::ByteSpan message) const {
  Signatures signatures;
  {
    // Ed25519 reads the message twice, ML-DSA once, and a MANIFEST may be long: side by side.
    const std::jthread beside([&] { signatures.ed25519 = ed25519_.sign(message); });
    signatures.mldsa65 = mldsa65_.sign(message);
  }
  return signatures;
}

base::Result<crypto::SecretBytes<32>> Identity::decapsulate(
    const crypto::XWingCiphertext& ciphertext) const {
  return xwing_.decapsulate(ciphertext);
}

}  // namespace tesseras::identity
