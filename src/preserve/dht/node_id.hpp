// Where nodes and pointers lie: 160-bit ids, the XOR metric of Kademlia (Maymounkov, Mazières:
// "Kademlia: A peer-to-peer information system based on the XOR metric", 2002), and the proof of
// work that ties a NodeId to one key (spec/dht.md, section 2).
//
// The proof makes an id cost some hundred hashes. It keeps nobody from having many: diverse
// addresses, signed records and disjoint paths are what holds against that.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "foundation/base/result.hpp"
#include "foundation/base/strong_id.hpp"
#include "foundation/crypto/ed25519.hpp"
#include "preserve/dht/limits.hpp"

namespace tesseras::dht {

struct NodeIdTag;
// The first 20 bytes of BLAKE3(public key || nonce).
using NodeId = base::StrongId<NodeIdTag, 20>;

struct KeyTag;
// A point that is looked for: where pointers to a tessera lie, or where a node is.
using Key = base::StrongId<KeyTag, 20>;

struct DistanceTag;
// Bitwise XOR of two points, as a number whose first byte counts most.
using Distance = base::StrongId<DistanceTag, 20>;

inline constexpr std::size_t id_bits = 160;

// The node key: random, of this machine, and never an author's.
using NodePublicKey = crypto::Ed25519PublicKey;

Key key_of(const NodeId& id);
// The first 20 bytes of derive-key("tesseras dht key v1", content hash). Who keeps a pointer does
// not learn from it which tessera it is for.
Key key_of(const base::ContentHash& content_hash);

Distance distance(const NodeId& a, const NodeId& b);
// The first Limits::proof_zero_bits, which are zero in every NodeId, do not count: they are the
// same for all nodes, so the order is that of XOR, and distances from different keys can be
// compared.
Distance distance(const NodeId& node, const Key& key);

// distance * by / parts, rounded down; the largest distance when that is more. `parts` is not 0.
Distance scaled(const Distance& distance, std::uint32_t by, std::uint32_t parts);

// The number of the highest bit that differs, 0 to 159: half of all ids have 159. nullopt for a
// distance of zero.
std::optional<std::size_t> bucket_index(const Distance& distance);

// BLAKE3(public key || nonce, 8 bytes little-endian)[..20], whatever it begins with.
NodeId node_id_of(const NodePublicKey& key, std::uint64_t nonce);

// Limits::proof_zero_bits zero bits at its front.
bool has_proof(const NodeId& id);

// The smallest nonce whose NodeId has the proof. exhausted: none below Limits::nonce_end, which
// no key met by chance will ever give: make another key.
base::Result<std::uint64_t> find_nonce(const NodePublicKey& key);

// The NodeId of a key, when `nonce` is the one that it must have.
// invalid: the nonce is beyond the limit; the proof is too weak; a smaller nonce gives a proof too.
base::Result<NodeId> check_nonce(const NodePublicKey& key, std::uint64_t nonce);

// The same, and invalid when the NodeId is another than `id`.
base::Result<void> check_node_id(const NodeId& id, const NodePublicKey& key, std::uint64_t nonce);

// Remembers which nonces were found good, since the same nodes are told of over and over. What it
// answers is what check_nonce() does, so whoever drives many nodes may give them one.
class ProofMemo {
 public:
  explicit ProofMemo(std::size_t places = Limits::remembered_proofs)
      : sets_(places < ways ? 1 : places / ways) {}

  base::Result<NodeId> check(const NodePublicKey& key, std::uint64_t nonce);

 private:
  struct Proof {
    NodePublicKey key;
    std::uint64_t nonce = 0;
    NodeId id;
  };
  // Places that a key may take; the one that was not asked for longest goes. With one place each,
  // two nodes that share it would be checked anew all the time.
  static constexpr std::size_t ways = 4;

  std::size_t sets_;
  std::vector<Proof>
      proofs_;  // by a part of the key, then the latest first; empty until first used
};

}  // namespace tesseras::dht
