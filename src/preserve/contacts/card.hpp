// A contact's card (spec/contact.md): the public keys of somebody whom a tessera can be made for,
// or of a node that can be its witness. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "foundation/base/result.hpp"
#include "foundation/crypto/blake3.hpp"
#include "preserve/dht/node_id.hpp"
#include "preserve/identity/identity.hpp"

namespace tesseras::contacts {

using base::Result;

// Larger than any card; what has more is none.
inline constexpr std::size_t card_bytes_max = 4096;

// A person's (section 1).
struct Card {
  crypto::Ed25519PublicKey ed25519;
  crypto::Blake3Hash mldsa65;  // of the key
  crypto::XWingPublicKey xwing;

  bool operator==(const Card&) const = default;
};

// A node's (section 4). Of one that was decoded, the nonce is that of its NodeId.
struct NodeCard {
  dht::NodePublicKey ed25519;
  std::uint64_t nonce = 0;
  crypto::XWingPublicKey xwing;

  bool operator==(const NodeCard&) const = default;
};

using AnyCard = std::variant<Card, NodeCard>;

Card card_of(const identity::PublicKeys& keys);
dht::NodeId node_id_of(const NodeCard& card);
const crypto::XWingPublicKey& xwing_of(const AnyCard& card);

// What is handed on, signed by its owner.
std::string encode(const identity::Identity& owner);
std::string encode(const crypto::Ed25519Key& node, std::uint64_t nonce,
                   const crypto::XWingPublicKey& xwing);

// invalid: it is no card; its signature does not hold: it was changed; or the nonce is none.
// unsupported: it is a card of a later version.
Result<AnyCard> decode(std::string_view text);

// "48213 09120 …": eight groups of five digits, to be read aloud.
std::string fingerprint_of(const Card& card);
std::string fingerprint_of(const NodeCard& card);
std::string fingerprint_of(const AnyCard& card);

}  // namespace tesseras::contacts
