// What the wrappers of this library share: owners of OpenSSL's objects. Not for others.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>

#include "foundation/base/bytes.hpp"
#include "foundation/crypto/secret.hpp"

struct evp_cipher_ctx_st;
struct evp_md_ctx_st;
struct evp_md_st;
struct evp_pkey_ctx_st;
struct evp_pkey_st;

namespace tesseras::crypto {

struct EvpFree {
  void operator()(evp_cipher_ctx_st* context) const noexcept;
  void operator()(evp_md_ctx_st* context) const noexcept;
  void operator()(evp_pkey_ctx_st* context) const noexcept;
  void operator()(evp_pkey_st* key) const noexcept;
};

template <class T>
using EvpOwner = std::unique_ptr<T, EvpFree>;
using EvpKey = EvpOwner<evp_pkey_st>;  // OpenSSL zeroises the private part when it is freed

// OpenSSL's name for a byte. Never null: some of its calls take that as another request.
const unsigned char* octets(base::ByteSpan bytes);
unsigned char* writable_octets(base::MutableByteSpan bytes);

// OpenSSL's implementation of a digest, for the life of the process. Looking it up by its name
// takes longer than hashing a small file, so callers keep what they get in a static.
const evp_md_st* fetch_digest(const char* algorithm);

// A message digest whose context is made once and used again.
class EvpDigest {
 public:
  explicit EvpDigest(const evp_md_st* algorithm);

  void update(base::ByteSpan bytes);
  // Fills all of `out` (an extendable-output function as far as asked) and starts afresh.
  void finish(base::MutableByteSpan out);
  void finish_extendable(base::MutableByteSpan out);

 private:
  void restart();

  EvpOwner<evp_md_ctx_st> context_;
};

// Keys in the raw forms of their standards; null when OpenSSL refuses the bytes.
EvpKey public_key_from_raw(const char* algorithm, base::ByteSpan raw);
EvpKey private_key_from_raw(const char* algorithm, base::ByteSpan raw);
// ML-DSA (32-byte xi) and ML-KEM (64-byte d || z): the key pair that FIPS 203/204 generate.
EvpKey key_pair_from_seed(const char* algorithm, base::ByteSpan seed);

// Fills `out`, which must have exactly the raw public key's size.
void export_public_key(evp_pkey_st* key, base::MutableByteSpan out);

// OpenSSL keeps a queue of errors per thread; what we turn into a Result must not stay there.
void forget_errors() noexcept;

}  // namespace tesseras::crypto
