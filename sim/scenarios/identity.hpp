// Who a simulated node is: made of dice, so that a world can be made again from its seed.
#pragma once

#include "foundation/runtime/prng.hpp"
#include "preserve/dht/node_id.hpp"

namespace tesseras::scenarios {

struct Identity {
  crypto::Ed25519Key key;
  std::uint64_t nonce = 0;
  dht::NodeId id;
};

Identity make_identity(runtime::Prng& dice);

// One of which at most one in `rarity` lies as near to the key: as who wants to be there would make
// it, by trying key after key. Costs `rarity` identities.
Identity grind_identity(runtime::Prng& dice, const dht::Key& near, std::uint32_t rarity);

}  // namespace tesseras::scenarios
