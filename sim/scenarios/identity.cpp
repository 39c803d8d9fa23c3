#include "sim/scenarios/identity.hpp"

#include <utility>

#include "foundation/base/assert.hpp"

namespace tesseras::scenarios {

Identity make_identity(runtime::Prng& dice) {
  crypto::SecretBytes<32> seed;
  for (std::byte& byte : seed.mutable_span()) byte = static_cast<std::byte>(dice.below(256));
  auto key = crypto::Ed25519Key::from_seed(seed);
  const auto nonce = dht::find_nonce(key.public_key());
  ASSERT(nonce.has_value());
  const auto id = dht::node_id_of(key.public_key(), *nonce);
  return {std::move(key), *nonce, id};
}

Identity grind_identity(runtime::Prng& dice, const dht::Key& near, std::uint32_t rarity) {
  dht::Distance farthest;
  farthest.bytes.fill(std::byte{0xff});
  farthest.bytes[0] = std::byte{0};  // the proof's bits do not count
  const auto reach = dht::scaled(farthest, 1, rarity);
  for (;;) {
    auto identity = make_identity(dice);
    if (dht::distance(identity.id, near) <= reach) return identity;
  }
}

}  // namespace tesseras::scenarios
