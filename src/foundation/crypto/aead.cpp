#include "foundation/crypto/aead.hpp"

#include <openssl/evp.h>

#include "foundation/base/assert.hpp"
#include "foundation/crypto/limits.hpp"

namespace tesseras::crypto {
namespace {

using base::Code;
using base::fail;

int int_size(base::ByteSpan bytes) {
  ASSERT(bytes.size() <= Limits::aead_message_bytes_max);
  return static_cast<int>(bytes.size());
}

}  // namespace

Aes256Gcm::Aes256Gcm(const SecretBytes<32>& key) : context_(EVP_CIPHER_CTX_new()) {
  ASSERT(context_ != nullptr);
  ASSERT(EVP_CipherInit_ex2(context_.get(), EVP_aes_256_gcm(), octets(key.span()), nullptr, 1,
                            nullptr) == 1);
}

void Aes256Gcm::seal(const AeadNonce& nonce, base::ByteSpan associated, base::ByteSpan plain,
                     base::MutableByteSpan sealed) {
  ASSERT(sealed.size() == plain.size() + tag_size_bytes);
  EVP_CIPHER_CTX* context = context_.get();
  int written = 0;
  ASSERT(EVP_CipherInit_ex2(context, nullptr, nullptr, octets(nonce), 1, nullptr) == 1);
  ASSERT(EVP_CipherUpdate(context, nullptr, &written, octets(associated), int_size(associated)) ==
         1);
  ASSERT(EVP_CipherUpdate(context, writable_octets(sealed), &written, octets(plain),
                          int_size(plain)) == 1);
  ASSERT(static_cast<std::size_t>(written) == plain.size());
  const base::MutableByteSpan tag = sealed.last(tag_size_bytes);
  ASSERT(EVP_CipherFinal_ex(context, writable_octets(tag), &written) == 1);
  ASSERT(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, tag_size_bytes,
                             writable_octets(tag)) == 1);
}

base::Result<void> Aes256Gcm::open(const AeadNonce& nonce, base::ByteSpan associated,
                                   base::ByteSpan sealed, base::MutableByteSpan plain) {
  ASSERT(sealed.size() == plain.size() + tag_size_bytes);
  EVP_CIPHER_CTX* context = context_.get();
  const base::ByteSpan ciphertext = sealed.first(plain.size());
  std::array<std::byte, tag_size_bytes> tag{};
  std::ranges::copy(sealed.last(tag_size_bytes), tag.begin());
  // Even for an empty plaintext OpenSSL wants somewhere to write.
  std::array<unsigned char, tag_size_bytes> none{};
  unsigned char* out = plain.empty() ? none.data() : writable_octets(plain);
  int written = 0;
  ASSERT(EVP_CipherInit_ex2(context, nullptr, nullptr, octets(nonce), 0, nullptr) == 1);
  ASSERT(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, tag_size_bytes,
                             writable_octets(tag)) == 1);
  ASSERT(EVP_CipherUpdate(context, nullptr, &written, octets(associated), int_size(associated)) ==
         1);
  ASSERT(EVP_CipherUpdate(context, out, &written, octets(ciphertext), int_size(ciphertext)) == 1);
  if (EVP_CipherFinal_ex(context, none.data(), &written) != 1) {
    // GCM decrypts before it knows the tag: what it wrote may be an attacker's choice.
    cleanse(plain);
    forget_errors();
    return fail(Code::corrupt, "sealed bytes do not open: wrong key, or they were changed");
  }
  return {};
}

}  // namespace tesseras::crypto
