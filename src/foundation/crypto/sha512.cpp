#include "foundation/crypto/sha512.hpp"

namespace tesseras::crypto {

namespace {

const evp_md_st* algorithm() {
  static const evp_md_st* const fetched = fetch_digest("SHA512");
  return fetched;
}

}  // namespace

Sha512::Sha512() : digest_(algorithm()) {}

Sha512Hash Sha512::finish() {
  Sha512Hash hash;
  digest_.finish(hash.bytes);
  return hash;
}

Sha512Hash sha512(base::ByteSpan bytes) {
  Sha512 hasher;
  hasher.update(bytes);
  return hasher.finish();
}

}  // namespace tesseras::crypto
