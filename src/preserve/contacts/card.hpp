// A contact's card (spec/contact.md): the public keys of somebody whom a tessera can be made for.
// Pure.
#pragma once

#include <string>
#include <string_view>

#include "foundation/base/result.hpp"
#include "foundation/crypto/blake3.hpp"
#include "preserve/identity/identity.hpp"

namespace tesseras::contacts {

using base::Result;

// Larger than any card; what has more is none.
inline constexpr std::size_t card_bytes_max = 4096;

struct Card {
  crypto::Ed25519PublicKey ed25519;
  crypto::Blake3Hash mldsa65;  // of the key
  crypto::XWingPublicKey xwing;

  bool operator==(const Card&) const = default;
};

Card card_of(const identity::PublicKeys& keys);

// What is handed on, signed by its owner.
std::string encode(const identity::Identity& owner);
// invalid: it is no card, or its signature does not hold: it was changed.
// unsupported: it is a card of a later version.
Result<Card> decode(std::string_view text);

// "48213 09120 …": eight groups of five digits, to be read aloud.
std::string fingerprint_of(const Card& card);

}  // namespace tesseras::contacts
