// For tests: nodes with real keys, nodes with any id, and addresses that are all in networks of
// their own.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "foundation/crypto/ed25519.hpp"
#include "foundation/runtime/endpoint.hpp"
#include "foundation/runtime/prng.hpp"
#include "preserve/dht/capabilities.hpp"
#include "preserve/dht/holder_record.hpp"
#include "preserve/dht/node_id.hpp"
#include "preserve/dht/node_info.hpp"

namespace tesseras::dht {

inline runtime::Endpoint endpoint(std::string_view text) {
  const auto parsed = runtime::Endpoint::parse(text);
  EXPECT_TRUE(parsed) << text;
  return parsed.value_or(runtime::Endpoint{});
}

// The n-th endpoint of many, each in a /24 of its own, none of them private.
inline runtime::Endpoint distinct_endpoint(std::uint32_t n) {
  return {
      runtime::IpAddress::v4(static_cast<std::uint8_t>(20 + (n >> 16U) % 80),
                             static_cast<std::uint8_t>(n >> 8U), static_cast<std::uint8_t>(n), 7),
      4433};
}

inline crypto::Ed25519Key test_key(std::uint64_t number) {
  crypto::SecretBytes<32> seed;
  for (std::size_t i = 0; i < 8; ++i)
    seed.mutable_span()[i] = static_cast<std::byte>(number >> (8 * i));
  return crypto::Ed25519Key::from_seed(seed);
}

// A node that stands every check.
inline NodeInfo real_node(std::uint64_t number, runtime::Endpoint at) {
  NodeInfo info;
  info.key = test_key(number).public_key();
  info.nonce = find_nonce(info.key).value();
  info.id = node_id_of(info.key, info.nonce);
  info.endpoints = {at};
  info.capabilities = own_capabilities;
  return info;
}

// A node with any id; its key and nonce are not those of the id.
inline NodeInfo fake_node(const NodeId& id, runtime::Endpoint at) {
  NodeInfo info;
  info.id = id;
  std::copy(id.bytes.begin(), id.bytes.end(), info.key.bytes.begin());
  info.endpoints = {at};
  info.capabilities = own_capabilities;
  return info;
}

template <class Id>
Id random_id(runtime::Prng& prng) {
  Id id;
  for (std::byte& byte : id.bytes) byte = static_cast<std::byte>(prng.below(256));
  // As every NodeId begins.
  if constexpr (std::is_same_v<Id, NodeId>) id.bytes[0] = std::byte{0};
  return id;
}

// An id with `bit` (bucket_index) the highest that differs from `from`, and random bits below.
inline NodeId id_in_bucket(const NodeId& from, std::size_t bit, runtime::Prng& prng) {
  NodeId id = from;
  const std::size_t first = (id_bits - 1 - bit) / 8;
  const auto mask = static_cast<unsigned>(1U << (bit % 8));
  const NodeId noise = random_id<NodeId>(prng);
  for (std::size_t i = first + 1; i < NodeId::size_bytes; ++i) id.bytes[i] ^= noise.bytes[i];
  id.bytes[first] ^= static_cast<std::byte>(mask);
  id.bytes[first] ^= noise.bytes[first] & static_cast<std::byte>(mask - 1U);
  return id;
}

// A record that the node of that number may send from `at`, of the whole tessera.
inline HolderRecord holder_record(std::uint64_t number, const Key& key, runtime::Endpoint at,
                                  std::uint64_t issue = 1) {
  const NodeInfo info = real_node(number, at);
  HolderRecord record;
  record.key = key;
  record.node_key = info.key;
  record.nonce = info.nonce;
  record.node = info.id;
  record.endpoints = info.endpoints;
  record.issue = issue;
  record.ttl = std::chrono::hours(24);
  return record;
}

inline base::Bytes signed_record(std::uint64_t number, const HolderRecord& record) {
  return sign(record, test_key(number));
}

}  // namespace tesseras::dht
