#include "foundation/crypto/sha256.hpp"

namespace tesseras::crypto {

Sha256::Sha256() : digest_("SHA256") {}

Sha256Hash Sha256::finish() {
  Sha256Hash hash;
  digest_.finish(hash.bytes);
  return hash;
}

Sha256Hash sha256(base::ByteSpan bytes) {
  Sha256 hasher;
  hasher.update(bytes);
  return hasher.finish();
}

}  // namespace tesseras::crypto
