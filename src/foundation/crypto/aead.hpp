// AES-256-GCM (NIST SP 800-38D) with a 12-byte nonce and a 16-byte tag after the ciphertext.
#pragma once

#include <array>
#include <cstddef>

#include "foundation/base/bytes.hpp"
#include "foundation/base/result.hpp"
#include "foundation/crypto/evp.hpp"
#include "foundation/crypto/secret.hpp"

namespace tesseras::crypto {

using AeadNonce = std::array<std::byte, 12>;

// One key, its schedule computed once. An object belongs to one thread at a time.
//
// A nonce must never serve twice under one key: two such messages reveal the xor of their
// plaintexts and the key of the tag. Callers use a fresh key a message, or a counter.
class Aes256Gcm {
 public:
  static constexpr std::size_t tag_size_bytes = 16;

  explicit Aes256Gcm(const SecretBytes<32>& key);

  // Ciphertext and tag into `sealed`, which is exactly tag_size_bytes longer than `plain` and
  // does not overlap it. At most Limits::aead_message_bytes_max bytes.
  void seal(const AeadNonce& nonce, base::ByteSpan associated, base::ByteSpan plain,
            base::MutableByteSpan sealed);

  // The plaintext into `plain`, which is exactly tag_size_bytes shorter than `sealed`.
  // corrupt: key, nonce, associated data, ciphertext or tag is not the one sealed with; `plain`
  // is all zeros then, so that unauthenticated bytes never leave this function.
  base::Result<void> open(const AeadNonce& nonce, base::ByteSpan associated, base::ByteSpan sealed,
                          base::MutableByteSpan plain);

 private:
  EvpOwner<evp_cipher_ctx_st> context_;
};

}  // namespace tesseras::crypto
