// X-Wing (draft-connolly-cfrg-xwing-kem): a hybrid key encapsulation of X25519 and ML-KEM-768
// that holds while either of them does.
//
// Departure from the draft: a public key or ciphertext whose X25519 part has small order is
// refused, where the draft would go on with an X25519 secret of zeros. No honest party makes
// one, and refusing is what lets a damaged file be named as such.
#pragma once

#include "foundation/base/result.hpp"
#include "foundation/base/strong_id.hpp"
#include "foundation/crypto/mlkem768.hpp"
#include "foundation/crypto/secret.hpp"
#include "foundation/crypto/x25519.hpp"

namespace tesseras::crypto {

struct XWingPublicKeyTag;
using XWingPublicKey = base::StrongId<XWingPublicKeyTag, 1216>;  // ML-KEM's, then X25519's
struct XWingCiphertextTag;
using XWingCiphertext = base::StrongId<XWingCiphertextTag, 1120>;  // in the same order

struct XWingEncapsulation {
  XWingCiphertext ciphertext;
  SecretBytes<32> shared_secret;
};

class XWingKey {
 public:
  // The draft's decapsulation key; every one is valid.
  static XWingKey from_seed(const SecretBytes<32>& seed);

  const XWingPublicKey& public_key() const { return public_key_; }
  // A ciphertext that was changed gives another secret, with which nothing opens.
  // corrupt: its X25519 part has small order.
  base::Result<SecretBytes<32>> decapsulate(const XWingCiphertext& ciphertext) const;

 private:
  XWingKey(MlKem768Key post_quantum, X25519Key classical);

  MlKem768Key post_quantum_;
  X25519Key classical_;
  XWingPublicKey public_key_;
};

// A fresh secret that only the key's owner can have again.
// invalid: the public key is none (an ML-KEM coefficient out of range, a point of small order).
base::Result<XWingEncapsulation> xwing_encapsulate(const XWingPublicKey& key);

// The same from given randomness: ML-KEM's m, then the X25519 scalar. For vectors.
base::Result<XWingEncapsulation> xwing_encapsulate_derand(const XWingPublicKey& key,
                                                          const SecretBytes<64>& randomness);

}  // namespace tesseras::crypto
