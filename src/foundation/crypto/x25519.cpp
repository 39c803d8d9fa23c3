#include "foundation/crypto/x25519.hpp"

#include <openssl/evp.h>

#include "foundation/base/assert.hpp"

namespace tesseras::crypto {

X25519Key::X25519Key(EvpKey key) : key_(std::move(key)) {
  ASSERT(key_ != nullptr);
  export_public_key(key_.get(), public_key_.bytes);
}

X25519Key X25519Key::from_private(const SecretBytes<32>& scalar) {
  return X25519Key(private_key_from_raw("X25519", scalar.span()));
}

std::optional<SecretBytes<32>> X25519Key::agree(const X25519PublicKey& other) const {
  const EvpKey peer = public_key_from_raw("X25519", other.bytes);
  ASSERT(peer != nullptr);  // every 32 bytes are a public key
  const EvpOwner<evp_pkey_ctx_st> context(EVP_PKEY_CTX_new_from_pkey(nullptr, key_.get(), nullptr));
  ASSERT(context != nullptr && EVP_PKEY_derive_init(context.get()) == 1);
  SecretBytes<32> shared;
  std::size_t size = shared.size_bytes;
  if (EVP_PKEY_derive_set_peer(context.get(), peer.get()) != 1 ||
      EVP_PKEY_derive(context.get(), writable_octets(shared.mutable_span()), &size) != 1) {
    forget_errors();
    return std::nullopt;
  }
  ASSERT(size == shared.size_bytes);
  return shared;
}

}  // namespace tesseras::crypto
