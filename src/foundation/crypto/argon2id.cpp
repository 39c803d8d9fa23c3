#include "foundation/crypto/argon2id.hpp"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

#include <memory>
#include <vector>

#include "foundation/base/assert.hpp"
#include "foundation/crypto/evp.hpp"
#include "foundation/crypto/limits.hpp"

namespace tesseras::crypto {
namespace {

using base::Code;
using base::fail;
using base::Result;

struct KdfFree {
  void operator()(EVP_KDF* kdf) const noexcept { EVP_KDF_free(kdf); }
  void operator()(EVP_KDF_CTX* context) const noexcept { EVP_KDF_CTX_free(context); }
};

OSSL_PARAM octet_parameter(const char* name, base::ByteSpan bytes) {
  return OSSL_PARAM_construct_octet_string(name, const_cast<unsigned char*>(octets(bytes)),
                                           bytes.size());
}

}  // namespace

Result<void> check(const Argon2idCost& cost) {
  if (cost.lanes < 1 || cost.lanes > Limits::argon2id_lanes_max) {
    return fail(Code::invalid, "{} lanes of Argon2id; 1 to {} are allowed", cost.lanes,
                Limits::argon2id_lanes_max);
  }
  if (cost.iterations < 1 || cost.iterations > Limits::argon2id_iterations_max) {
    return fail(Code::invalid, "{} iterations of Argon2id; 1 to {} are allowed", cost.iterations,
                Limits::argon2id_iterations_max);
  }
  const std::uint32_t memory_kib_min = Limits::argon2id_memory_kib_min * cost.lanes;
  if (cost.memory_kib < memory_kib_min || cost.memory_kib > Limits::argon2id_memory_kib_max) {
    return fail(Code::invalid, "{} KiB of memory for Argon2id; {} to {} are allowed",
                cost.memory_kib, memory_kib_min, Limits::argon2id_memory_kib_max);
  }
  return {};
}

Result<SecretBytes<32>> argon2id(const Argon2idInput& input, const Argon2idCost& cost) {
  TRY(check(cost));
  if (input.salt.size() < Limits::argon2id_salt_bytes_min ||
      input.salt.size() > Limits::argon2id_salt_bytes_max) {
    return fail(Code::invalid, "a salt of {} bytes for Argon2id; {} to {} are allowed",
                input.salt.size(), Limits::argon2id_salt_bytes_min,
                Limits::argon2id_salt_bytes_max);
  }
  if (input.password.size() > Limits::argon2id_password_bytes_max) {
    return fail(Code::invalid, "a passphrase of {} bytes; at most {} are allowed",
                input.password.size(), Limits::argon2id_password_bytes_max);
  }
  Argon2idCost values = cost;
  std::vector<OSSL_PARAM> parameters = {
      octet_parameter(OSSL_KDF_PARAM_PASSWORD, input.password),
      octet_parameter(OSSL_KDF_PARAM_SALT, input.salt),
      OSSL_PARAM_construct_uint32(OSSL_KDF_PARAM_ITER, &values.iterations),
      OSSL_PARAM_construct_uint32(OSSL_KDF_PARAM_ARGON2_MEMCOST, &values.memory_kib),
      OSSL_PARAM_construct_uint32(OSSL_KDF_PARAM_ARGON2_LANES, &values.lanes)};
  if (!input.secret.empty()) {
    parameters.push_back(octet_parameter(OSSL_KDF_PARAM_SECRET, input.secret));
  }
  if (!input.associated.empty()) {
    parameters.push_back(octet_parameter(OSSL_KDF_PARAM_ARGON2_AD, input.associated));
  }
  parameters.push_back(OSSL_PARAM_construct_end());

  const std::unique_ptr<EVP_KDF, KdfFree> kdf(EVP_KDF_fetch(nullptr, "ARGON2ID", nullptr));
  ASSERT(kdf != nullptr);
  const std::unique_ptr<EVP_KDF_CTX, KdfFree> context(EVP_KDF_CTX_new(kdf.get()));
  ASSERT(context != nullptr);
  SecretBytes<32> key;
  if (EVP_KDF_derive(context.get(), writable_octets(key.mutable_span()), key.size_bytes,
                     parameters.data()) != 1) {
    forget_errors();
    // Everything else was checked above; what is left is the memory.
    return fail(Code::exhausted, "no {} MiB of memory for Argon2id; close other programs",
                cost.memory_kib / 1024);
  }
  return key;
}

}  // namespace tesseras::crypto
