#include "foundation/crypto/mldsa65.hpp"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <array>
#include <memory>

#include "foundation/base/assert.hpp"

namespace tesseras::crypto {
namespace {

constexpr const char* algorithm = "ML-DSA-65";

struct SignatureFree {
  void operator()(EVP_SIGNATURE* signature) const noexcept { EVP_SIGNATURE_free(signature); }
};
using Scheme = std::unique_ptr<EVP_SIGNATURE, SignatureFree>;

Scheme fetch_scheme() {
  Scheme scheme(EVP_SIGNATURE_fetch(nullptr, algorithm, nullptr));
  ASSERT(scheme != nullptr);
  return scheme;
}

EvpOwner<evp_pkey_ctx_st> context_for(evp_pkey_st* key) {
  EvpOwner<evp_pkey_ctx_st> context(EVP_PKEY_CTX_new_from_pkey(nullptr, key, nullptr));
  ASSERT(context != nullptr);
  return context;
}

}  // namespace

MlDsa65Key::MlDsa65Key(EvpKey key) : key_(std::move(key)) {
  ASSERT(key_ != nullptr);
  export_public_key(key_.get(), public_key_.bytes);
}

MlDsa65Key MlDsa65Key::from_seed(const SecretBytes<32>& seed) {
  return MlDsa65Key(key_pair_from_seed(algorithm, seed.span()));
}

MlDsa65Signature MlDsa65Key::sign(base::ByteSpan message) const {
  const Scheme scheme = fetch_scheme();
  const EvpOwner<evp_pkey_ctx_st> context = context_for(key_.get());
  int deterministic = 1;
  const std::array parameters = {
      OSSL_PARAM_construct_int(OSSL_SIGNATURE_PARAM_DETERMINISTIC, &deterministic),
      OSSL_PARAM_construct_end()};
  ASSERT(EVP_PKEY_sign_message_init(context.get(), scheme.get(), parameters.data()) == 1);
  MlDsa65Signature signature;
  std::size_t size = signature.bytes.size();
  ASSERT(EVP_PKEY_sign(context.get(), writable_octets(signature.bytes), &size, octets(message),
                       message.size()) == 1);
  ASSERT(size == signature.bytes.size());
  return signature;
}

bool verify(const MlDsa65PublicKey& key, base::ByteSpan message,
            const MlDsa65Signature& signature) {
  const EvpKey handle = public_key_from_raw(algorithm, key.bytes);
  if (handle == nullptr) return false;
  const Scheme scheme = fetch_scheme();
  const EvpOwner<evp_pkey_ctx_st> context = context_for(handle.get());
  ASSERT(EVP_PKEY_verify_message_init(context.get(), scheme.get(), nullptr) == 1);
  const int verdict = EVP_PKEY_verify(context.get(), octets(signature.bytes),
                                      signature.bytes.size(), octets(message), message.size());
  if (verdict != 1) forget_errors();
  return verdict == 1;
}

}  // namespace tesseras::crypto
