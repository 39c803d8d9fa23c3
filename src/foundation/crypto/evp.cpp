#include "foundation/crypto/evp.hpp"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <array>

#include "foundation/base/assert.hpp"

namespace tesseras::crypto {

void EvpFree::operator()(evp_cipher_ctx_st* context) const noexcept {
  EVP_CIPHER_CTX_free(context);
}
void EvpFree::operator()(evp_md_ctx_st* context) const noexcept { EVP_MD_CTX_free(context); }
void EvpFree::operator()(evp_pkey_ctx_st* context) const noexcept { EVP_PKEY_CTX_free(context); }
void EvpFree::operator()(evp_pkey_st* key) const noexcept { EVP_PKEY_free(key); }

const unsigned char* octets(base::ByteSpan bytes) {
  static constexpr unsigned char nothing = 0;
  return bytes.empty() ? &nothing : reinterpret_cast<const unsigned char*>(bytes.data());
}

unsigned char* writable_octets(base::MutableByteSpan bytes) {
  return reinterpret_cast<unsigned char*>(bytes.data());
}

const evp_md_st* fetch_digest(const char* algorithm) {
  const EVP_MD* digest = EVP_MD_fetch(nullptr, algorithm, nullptr);
  ASSERT(digest != nullptr);
  return digest;
}

EvpDigest::EvpDigest(const evp_md_st* algorithm) : context_(EVP_MD_CTX_new()) {
  ASSERT(context_ != nullptr);
  ASSERT(EVP_DigestInit_ex2(context_.get(), algorithm, nullptr) == 1);
}

void EvpDigest::update(base::ByteSpan bytes) {
  if (bytes.empty()) return;
  ASSERT(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) == 1);
}

void EvpDigest::finish(base::MutableByteSpan out) {
  unsigned written = 0;
  ASSERT(static_cast<std::size_t>(EVP_MD_CTX_get_size(context_.get())) == out.size());
  ASSERT(EVP_DigestFinal_ex(context_.get(), writable_octets(out), &written) == 1);
  ASSERT(written == out.size());
  restart();
}

void EvpDigest::finish_extendable(base::MutableByteSpan out) {
  ASSERT(EVP_DigestFinalXOF(context_.get(), writable_octets(out), out.size()) == 1);
  restart();
}

void EvpDigest::restart() {
  // Without a type, the one it has is kept and nothing is fetched or allocated.
  ASSERT(EVP_DigestInit_ex2(context_.get(), nullptr, nullptr) == 1);
}

EvpKey public_key_from_raw(const char* algorithm, base::ByteSpan raw) {
  EvpKey key(EVP_PKEY_new_raw_public_key_ex(nullptr, algorithm, nullptr, octets(raw), raw.size()));
  if (key == nullptr) forget_errors();
  return key;
}

EvpKey private_key_from_raw(const char* algorithm, base::ByteSpan raw) {
  EvpKey key(EVP_PKEY_new_raw_private_key_ex(nullptr, algorithm, nullptr, octets(raw), raw.size()));
  if (key == nullptr) forget_errors();
  return key;
}

EvpKey key_pair_from_seed(const char* algorithm, base::ByteSpan seed) {
  const EvpOwner<evp_pkey_ctx_st> context(EVP_PKEY_CTX_new_from_name(nullptr, algorithm, nullptr));
  ASSERT(context != nullptr);
  ASSERT(EVP_PKEY_fromdata_init(context.get()) == 1);
  // ML-DSA and ML-KEM call this parameter by the same name. OpenSSL only reads it.
  static_assert(std::string_view(OSSL_PKEY_PARAM_ML_DSA_SEED) == OSSL_PKEY_PARAM_ML_KEM_SEED);
  const std::array parameters = {
      OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_ML_DSA_SEED,
                                        const_cast<unsigned char*>(octets(seed)), seed.size()),
      OSSL_PARAM_construct_end()};
  EVP_PKEY* key = nullptr;
  const int made = EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_KEYPAIR,
                                     const_cast<OSSL_PARAM*>(parameters.data()));
  if (made != 1) forget_errors();
  return EvpKey(made == 1 ? key : nullptr);
}

void export_public_key(evp_pkey_st* key, base::MutableByteSpan out) {
  std::size_t size = out.size();
  ASSERT(EVP_PKEY_get_raw_public_key(key, writable_octets(out), &size) == 1);
  ASSERT(size == out.size());
}

void forget_errors() noexcept { ERR_clear_error(); }

}  // namespace tesseras::crypto
