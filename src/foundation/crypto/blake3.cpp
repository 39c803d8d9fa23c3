#include "foundation/crypto/blake3.hpp"

#include <blake3.h>

#include <new>

namespace tesseras::crypto {
namespace {

using State = std::array<std::byte, 1912>;
static_assert(sizeof(blake3_hasher) == sizeof(State) && alignof(blake3_hasher) <= 8);

blake3_hasher* hasher_in(State& state) { return reinterpret_cast<blake3_hasher*>(state.data()); }
const blake3_hasher* hasher_in(const State& state) {
  return reinterpret_cast<const blake3_hasher*>(state.data());
}

}  // namespace

Blake3::Blake3() : state_{} { blake3_hasher_init(new (state_.data()) blake3_hasher); }

Blake3 Blake3::keyed(const SecretBytes<32>& key) {
  Blake3 hasher;
  blake3_hasher_init_keyed(hasher_in(hasher.state_),
                           reinterpret_cast<const std::uint8_t*>(key.span().data()));
  return hasher;
}

Blake3 Blake3::for_derive_key(std::string_view context) {
  Blake3 hasher;
  blake3_hasher_init_derive_key_raw(hasher_in(hasher.state_), context.data(), context.size());
  return hasher;
}

void Blake3::update(base::ByteSpan bytes) {
  blake3_hasher_update(hasher_in(state_), bytes.data(), bytes.size());
}

Blake3Hash Blake3::hash() const {
  Blake3Hash hash;
  blake3_hasher_finalize(hasher_in(state_), reinterpret_cast<std::uint8_t*>(hash.bytes.data()),
                         hash.bytes.size());
  return hash;
}

SecretBytes<32> Blake3::secret() const {
  SecretBytes<32> secret;
  blake3_hasher_finalize(hasher_in(state_),
                         reinterpret_cast<std::uint8_t*>(secret.mutable_span().data()),
                         secret.size_bytes);
  return secret;
}

Blake3Hash Blake3::finish() {
  const Blake3Hash result = hash();
  blake3_hasher_reset(hasher_in(state_));
  return result;
}

Blake3Hash blake3(base::ByteSpan bytes) {
  Blake3 hasher;
  hasher.update(bytes);
  return hasher.hash();
}

SecretBytes<32> blake3_derive_key(std::string_view context, base::ByteSpan material) {
  Blake3 hasher = Blake3::for_derive_key(context);
  hasher.update(material);
  return hasher.secret();
}

}  // namespace tesseras::crypto
