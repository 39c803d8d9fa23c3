#include "foundation/crypto/secret.hpp"

#include <openssl/crypto.h>

namespace tesseras::crypto {

void cleanse(base::MutableByteSpan bytes) noexcept {
  if (!bytes.empty()) OPENSSL_cleanse(bytes.data(), bytes.size());
}

bool equal_constant_time(base::ByteSpan a, base::ByteSpan b) noexcept {
  if (a.size() != b.size()) return false;
  return a.empty() || CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace tesseras::crypto
