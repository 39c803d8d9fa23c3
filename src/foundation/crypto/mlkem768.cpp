#include "foundation/crypto/mlkem768.hpp"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <array>

#include "foundation/base/assert.hpp"

namespace tesseras::crypto {
namespace {

constexpr const char* algorithm = "ML-KEM-768";

EvpOwner<evp_pkey_ctx_st> context_for(evp_pkey_st* key) {
  EvpOwner<evp_pkey_ctx_st> context(EVP_PKEY_CTX_new_from_pkey(nullptr, key, nullptr));
  ASSERT(context != nullptr);
  return context;
}

}  // namespace

MlKem768Key::MlKem768Key(EvpKey key) : key_(std::move(key)) {
  ASSERT(key_ != nullptr);
  export_public_key(key_.get(), public_key_.bytes);
}

MlKem768Key MlKem768Key::from_seed(const SecretBytes<64>& seed) {
  return MlKem768Key(key_pair_from_seed(algorithm, seed.span()));
}

SecretBytes<32> MlKem768Key::decapsulate(const MlKem768Ciphertext& ciphertext) const {
  const EvpOwner<evp_pkey_ctx_st> context = context_for(key_.get());
  ASSERT(EVP_PKEY_decapsulate_init(context.get(), nullptr) == 1);
  SecretBytes<32> shared;
  std::size_t size = shared.size_bytes;
  ASSERT(EVP_PKEY_decapsulate(context.get(), writable_octets(shared.mutable_span()), &size,
                              octets(ciphertext.bytes), ciphertext.bytes.size()) == 1);
  ASSERT(size == shared.size_bytes);
  return shared;
}

std::optional<MlKem768Encapsulation> mlkem768_encapsulate(const MlKem768PublicKey& key,
                                                          const SecretBytes<32>& message) {
  const EvpKey handle = public_key_from_raw(algorithm, key.bytes);
  if (handle == nullptr) return std::nullopt;
  const EvpOwner<evp_pkey_ctx_st> context = context_for(handle.get());
  const std::array parameters = {
      OSSL_PARAM_construct_octet_string(OSSL_KEM_PARAM_IKME,
                                        const_cast<unsigned char*>(octets(message.span())),
                                        message.size_bytes),
      OSSL_PARAM_construct_end()};
  ASSERT(EVP_PKEY_encapsulate_init(context.get(), parameters.data()) == 1);
  MlKem768Encapsulation made;
  std::size_t ciphertext_size = made.ciphertext.bytes.size();
  std::size_t secret_size = made.shared_secret.size_bytes;
  ASSERT(EVP_PKEY_encapsulate(context.get(), writable_octets(made.ciphertext.bytes),
                              &ciphertext_size, writable_octets(made.shared_secret.mutable_span()),
                              &secret_size) == 1);
  ASSERT(ciphertext_size == made.ciphertext.bytes.size());
  ASSERT(secret_size == made.shared_secret.size_bytes);
  return made;
}

}  // namespace tesseras::crypto
