#include "preserve/dht/node_id.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <functional>
#include <iterator>
#include <span>

#include "foundation/base/assert.hpp"
#include "foundation/crypto/blake3.hpp"

namespace tesseras::dht {
namespace {

using base::Code;
using base::fail;
using base::Result;

template <class Id>
Id first_bytes(base::ByteSpan hash) {
  return *Id::from_bytes(hash.first(Id::size_bytes));
}

}  // namespace

Key key_of(const NodeId& id) { return Key{id.bytes}; }

Key key_of(const base::ContentHash& content_hash) {
  return first_bytes<Key>(
      crypto::blake3_derive_key("tesseras dht key v1", content_hash.bytes).span());
}

Distance distance(const NodeId& a, const NodeId& b) {
  Distance distance;
  for (std::size_t i = 0; i < Distance::size_bytes; ++i)
    distance.bytes[i] = a.bytes[i] ^ b.bytes[i];
  return distance;
}

Distance distance(const NodeId& node, const Key& key) {
  static_assert(Limits::proof_zero_bits == 8);
  Distance all = distance(node, NodeId{key.bytes});
  all.bytes[0] = node.bytes[0];
  return all;
}

Distance scaled(const Distance& distance, std::uint32_t by, std::uint32_t parts) {
  ASSERT(parts > 0);
  Distance result;
  // Long multiplication from the last byte, then long division from the first.
  std::uint64_t carry = 0;
  for (std::size_t i = Distance::size_bytes; i-- > 0;) {
    carry += std::uint64_t{std::to_integer<std::uint8_t>(distance.bytes[i])} * by;
    result.bytes[i] = static_cast<std::byte>(carry & 0xffU);
    carry >>= 8U;
  }
  std::uint64_t rest = carry;
  const bool is_too_large = rest >= parts;
  for (std::byte& byte : result.bytes) {
    rest = rest << 8U | std::to_integer<std::uint8_t>(byte);
    byte = static_cast<std::byte>(rest / parts);
    rest %= parts;
  }
  if (is_too_large) result.bytes.fill(std::byte{0xff});
  return result;
}

std::optional<std::size_t> bucket_index(const Distance& distance) {
  for (std::size_t i = 0; i < Distance::size_bytes; ++i) {
    const auto byte = std::to_integer<std::uint8_t>(distance.bytes[i]);
    if (byte == 0) continue;
    return id_bits - 8 * i - 1 - static_cast<std::size_t>(std::countl_zero(byte));
  }
  return std::nullopt;
}

NodeId node_id_of(const NodePublicKey& key, std::uint64_t nonce) {
  std::array<std::byte, NodePublicKey::size_bytes + 8> input{};
  std::ranges::copy(key.bytes, input.begin());
  for (std::size_t i = 0; i < 8; ++i)
    input[NodePublicKey::size_bytes + i] = static_cast<std::byte>(nonce >> (8 * i));
  return first_bytes<NodeId>(crypto::blake3(input).bytes);
}

bool has_proof(const NodeId& id) {
  static_assert(Limits::proof_zero_bits == 8);
  return id.bytes[0] == std::byte{0};
}

Result<std::uint64_t> find_nonce(const NodePublicKey& key) {
  for (std::uint64_t nonce = 0; nonce < Limits::nonce_end; ++nonce)
    if (has_proof(node_id_of(key, nonce))) return nonce;
  return fail(Code::exhausted, "no nonce below {} proves work for node key {}; make another key",
              Limits::nonce_end, key.hex());
}

Result<NodeId> check_nonce(const NodePublicKey& key, std::uint64_t nonce) {
  if (nonce >= Limits::nonce_end)
    return fail(Code::invalid, "the nonce {} is beyond {}", nonce, Limits::nonce_end - 1);
  const NodeId id = node_id_of(key, nonce);
  if (!has_proof(id))
    return fail(Code::invalid,
                "the proof of work is too weak: node id {} does not begin with {} "
                "zero bits",
                id.hex(), Limits::proof_zero_bits);
  // Without this a key would have as many ids as nonces, and could choose where it lies.
  for (std::uint64_t smaller = 0; smaller < nonce; ++smaller)
    if (has_proof(node_id_of(key, smaller)))
      return fail(Code::invalid, "the nonce {} is not the smallest: {} proves work too", nonce,
                  smaller);
  return id;
}

Result<void> check_node_id(const NodeId& id, const NodePublicKey& key, std::uint64_t nonce) {
  const NodeId derived = TRY(check_nonce(key, nonce));
  if (derived != id)
    return fail(Code::invalid, "the node id is {}, and the key has {}", id.hex(), derived.hex());
  return {};
}

Result<NodeId> ProofMemo::check(const NodePublicKey& key, std::uint64_t nonce) {
  proofs_.resize(sets_ * ways);
  const auto set = std::span(proofs_).subspan(std::hash<NodePublicKey>()(key) % sets_ * ways, ways);
  // A place that nobody has taken has no proof in its id.
  auto place = std::ranges::find_if(set, [&](const Proof& one) {
    return one.key == key && one.nonce == nonce && one.id != NodeId{};
  });
  if (place == set.end()) {
    const NodeId id = TRY(check_nonce(key, nonce));
    place = std::prev(set.end());
    *place = {key, nonce, id};
  }
  std::rotate(set.begin(), place, std::next(place));
  return set.front().id;
}

}  // namespace tesseras::dht
