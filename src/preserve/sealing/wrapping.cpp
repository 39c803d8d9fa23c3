#include "preserve/sealing/wrapping.hpp"

#include <algorithm>
#include <cstdint>
#include <span>

#include "foundation/base/assert.hpp"
#include "foundation/crypto/aead.hpp"
#include "foundation/crypto/random.hpp"

namespace tesseras::sealing {
namespace {

using crypto::SecretBytes;
using crypto::XWingCiphertext;

// The key is of one message.
constexpr crypto::AeadNonce nonce{};

crypto::Aes256Gcm cipher(const SecretBytes<32>& shared_secret, const Wrapping& how) {
  return crypto::Aes256Gcm(derive(how.key_context, shared_secret, how.capsule));
}

}  // namespace

Result<base::Bytes> wrap(const SecretBytes<32>& secret, const crypto::XWingPublicKey& to,
                         const Wrapping& how) {
  const auto encapsulated = TRY(crypto::xwing_encapsulate(to));
  base::Bytes entry(entry_bytes);
  std::ranges::copy(encapsulated.ciphertext.bytes, entry.begin());
  cipher(encapsulated.shared_secret, how)
      .seal(nonce, how.associated, secret.span(),
            base::MutableByteSpan(entry).subspan(XWingCiphertext::size_bytes));
  return entry;
}

std::optional<SecretBytes<32>> unwrap(base::ByteSpan entry, const SecretBytes<32>& shared_secret,
                                      const Wrapping& how) {
  ASSERT(entry.size() == entry_bytes);
  SecretBytes<32> secret;
  if (!cipher(shared_secret, how)
           .open(nonce, how.associated, entry.subspan(XWingCiphertext::size_bytes),
                 secret.mutable_span()))
    return std::nullopt;
  return secret;
}

std::size_t random_place(std::size_t count) {
  ASSERT(count > 0);
  std::uint64_t random = 0;
  crypto::fill_random(std::as_writable_bytes(std::span(&random, 1)));
  return static_cast<std::size_t>(random % count);
}

}  // namespace tesseras::sealing
