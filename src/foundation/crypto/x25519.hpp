// X25519 (RFC 7748), as a part of X-Wing. By itself it is not for use: see xwing.hpp.
#pragma once

#include <optional>

#include "foundation/base/strong_id.hpp"
#include "foundation/crypto/evp.hpp"
#include "foundation/crypto/secret.hpp"

namespace tesseras::crypto {

struct X25519PublicKeyTag;
using X25519PublicKey = base::StrongId<X25519PublicKeyTag, 32>;

class X25519Key {
 public:
  // Any 32 bytes; RFC 7748's clamping is applied when they are used.
  static X25519Key from_private(const SecretBytes<32>& scalar);

  const X25519PublicKey& public_key() const { return public_key_; }
  // nullopt when the result is all zeros: the other point has small order, and the "secret"
  // would be known to everybody (RFC 7748, section 6.1).
  std::optional<SecretBytes<32>> agree(const X25519PublicKey& other) const;

 private:
  explicit X25519Key(EvpKey key);

  EvpKey key_;
  X25519PublicKey public_key_;
};

}  // namespace tesseras::crypto
