// ML-KEM-768 (FIPS 203), as a part of X-Wing. By itself it is not for use: see xwing.hpp.
#pragma once

#include <optional>

#include "foundation/base/strong_id.hpp"
#include "foundation/crypto/evp.hpp"
#include "foundation/crypto/secret.hpp"

namespace tesseras::crypto {

struct MlKem768PublicKeyTag;
using MlKem768PublicKey = base::StrongId<MlKem768PublicKeyTag, 1184>;
struct MlKem768CiphertextTag;
using MlKem768Ciphertext = base::StrongId<MlKem768CiphertextTag, 1088>;

struct MlKem768Encapsulation {
  MlKem768Ciphertext ciphertext;
  SecretBytes<32> shared_secret;
};

class MlKem768Key {
 public:
  // d || z of FIPS 203 algorithm 16; every one is valid.
  static MlKem768Key from_seed(const SecretBytes<64>& seed);

  const MlKem768PublicKey& public_key() const { return public_key_; }
  // Never fails: a ciphertext that was changed gives another, unpredictable secret.
  SecretBytes<32> decapsulate(const MlKem768Ciphertext& ciphertext) const;

 private:
  explicit MlKem768Key(EvpKey key);

  EvpKey key_;
  MlKem768PublicKey public_key_;
};

// With `message` as FIPS 203's m: fresh random bytes, or a vector's.
// nullopt: the public key has a coefficient that is not below q (section 7.2).
std::optional<MlKem768Encapsulation> mlkem768_encapsulate(const MlKem768PublicKey& key,
                                                          const SecretBytes<32>& message);

}  // namespace tesseras::crypto
