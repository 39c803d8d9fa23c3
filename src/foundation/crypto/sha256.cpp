#include "foundation/crypto/sha256.hpp"

namespace tesseras::crypto {

namespace {

const evp_md_st* algorithm() {
  static const evp_md_st* const fetched = fetch_digest("SHA256");
  return fetched;
}

}  // namespace

Sha256::Sha256() : digest_(algorithm()) {}

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
