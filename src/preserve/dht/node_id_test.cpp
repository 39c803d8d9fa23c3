#include "preserve/dht/node_id.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "preserve/dht/dht_fixture.hpp"
#include "preserve/dht/limits.hpp"

namespace tesseras::dht {
namespace {

using base::Code;
using testing::HasSubstr;

// A nonce above the smallest that gives a proof too.
std::uint64_t second_nonce(const NodePublicKey& key, std::uint64_t smallest) {
  std::uint64_t nonce = smallest + 1;
  while (!has_proof(node_id_of(key, nonce))) ++nonce;
  return nonce;
}

TEST(NodeId, ComesOfKeyAndSmallestNonce) {
  for (std::uint64_t i = 0; i < 20; ++i) {
    const NodePublicKey key = test_key(i).public_key();
    const std::uint64_t nonce = find_nonce(key).value();
    const NodeId id = node_id_of(key, nonce);
    EXPECT_EQ(id.bytes[0], std::byte{0});
    EXPECT_EQ(check_nonce(key, nonce).value(), id);
    EXPECT_TRUE(check_node_id(id, key, nonce));
  }
}

TEST(NodeId, OfAnotherKeyIsRefused) {
  const NodePublicKey key = test_key(1).public_key();
  const std::uint64_t nonce = find_nonce(key).value();
  NodeId id = node_id_of(key, nonce);
  id.bytes[19] ^= std::byte{1};
  const auto checked = check_node_id(id, key, nonce);
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().code, Code::invalid);
  EXPECT_THAT(checked.error().message, HasSubstr("the key has"));
}

TEST(NodeId, WithoutProofIsRefused) {
  const NodePublicKey key = test_key(2).public_key();
  std::uint64_t nonce = 0;
  while (has_proof(node_id_of(key, nonce))) ++nonce;
  const auto checked = check_node_id(node_id_of(key, nonce), key, nonce);
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().code, Code::invalid);
  EXPECT_THAT(checked.error().message, HasSubstr("too weak"));
}

TEST(NodeId, OfANonceThatIsNotTheSmallestIsRefused) {
  const NodePublicKey key = test_key(3).public_key();
  const std::uint64_t nonce = second_nonce(key, find_nonce(key).value());
  const auto checked = check_node_id(node_id_of(key, nonce), key, nonce);
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().code, Code::invalid);
  EXPECT_THAT(checked.error().message, HasSubstr("not the smallest"));
}

TEST(NodeId, OfANonceBeyondTheLimitIsRefusedBeforeAnyWork) {
  const NodePublicKey key = test_key(4).public_key();
  for (const std::uint64_t nonce : {Limits::nonce_end, ~std::uint64_t{0}}) {
    const auto checked = check_nonce(key, nonce);
    ASSERT_FALSE(checked);
    EXPECT_THAT(checked.error().message, HasSubstr("beyond 65535"));
  }
}

TEST(ProofMemo, IsRightAlsoWhenItForgets) {
  ProofMemo memo(1);
  for (int round = 0; round < 2; ++round) {
    for (std::uint64_t i = 0; i < 9; ++i) {
      const NodePublicKey key = test_key(i).public_key();
      const std::uint64_t nonce = find_nonce(key).value();
      EXPECT_EQ(memo.check(key, nonce).value(), node_id_of(key, nonce));
      EXPECT_FALSE(memo.check(key, nonce + 1));
      EXPECT_EQ(memo.check(key, nonce).value(), node_id_of(key, nonce));
    }
  }
}

TEST(ProofMemo, SaysWhatTheCheckSays) {
  ProofMemo memo;
  EXPECT_FALSE(memo.check(NodePublicKey{}, 1));
  for (int round = 0; round < 2; ++round) {
    for (std::uint64_t i = 0; i < 20; ++i) {
      const NodePublicKey key = test_key(i).public_key();
      const std::uint64_t nonce = find_nonce(key).value();
      EXPECT_EQ(memo.check(key, nonce).value(), node_id_of(key, nonce));
      EXPECT_FALSE(memo.check(key, second_nonce(key, nonce)));
      EXPECT_FALSE(memo.check(key, nonce + 1));
    }
  }
}

TEST(Distance, IsXor) {
  runtime::Prng prng(1);
  const auto a = random_id<NodeId>(prng);
  const auto b = random_id<NodeId>(prng);
  EXPECT_EQ(distance(a, b), distance(b, a));
  EXPECT_EQ(distance(a, a), Distance{});
  EXPECT_EQ(distance(a, key_of(b)), distance(a, b));
  Key elsewhere = key_of(b);
  elsewhere.bytes[0] = std::byte{0xa7};  // a byte that no NodeId has
  EXPECT_EQ(distance(a, elsewhere), distance(a, b));
  EXPECT_NE(distance(a, b), Distance{});
}

TEST(Distance, HasABucketByItsHighestBit) {
  const NodeId zero;
  runtime::Prng prng(2);
  for (std::size_t bit = 0; bit < id_bits; ++bit)
    EXPECT_EQ(bucket_index(distance(zero, id_in_bucket(zero, bit, prng))), bit);
  EXPECT_EQ(bucket_index(Distance{}), std::nullopt);
}

TEST(Distance, IsScaledExactly) {
  Distance one;
  one.bytes[19] = std::byte{100};
  EXPECT_EQ(scaled(one, 3, 2).hex().substr(36), "0096");
  EXPECT_EQ(scaled(one, 1000, 1).hex().substr(34), "0186a0");
  EXPECT_EQ(scaled(one, 1, 7).hex().substr(38), "0e");
  Distance large;
  large.bytes.fill(std::byte{0xff});
  EXPECT_EQ(scaled(large, 20, 20), large);
  EXPECT_EQ(scaled(large, 21, 20), large);
  EXPECT_EQ(scaled(large, 1, 0xffffffff).hex().substr(0, 10), "0000000100");
}

TEST(Key, DoesNotTellTheContentHash) {
  base::ContentHash hash;
  const Key key = key_of(hash);
  EXPECT_NE(base::ByteSpan(key.bytes)[0], std::byte{0});
  hash.bytes[31] = std::byte{1};
  EXPECT_NE(key_of(hash), key);
}

}  // namespace
}  // namespace tesseras::dht
