#include "foundation/crypto/xwing.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace tesseras::crypto {
namespace {

TEST(XWing, BothSidesHaveTheSameSecretAndEachTimeANewOne) {
  const XWingKey key = XWingKey::from_seed(SecretBytes<32>());
  const auto first = xwing_encapsulate(key.public_key());
  const auto second = xwing_encapsulate(key.public_key());
  ASSERT_TRUE(first && second);
  EXPECT_EQ(key.decapsulate(first->ciphertext).value(), first->shared_secret);
  EXPECT_EQ(key.decapsulate(second->ciphertext).value(), second->shared_secret);
  EXPECT_FALSE(first->shared_secret == second->shared_secret);
  EXPECT_NE(first->ciphertext, second->ciphertext);
}

TEST(XWing, ChangedCiphertextGivesAnotherSecret) {
  const XWingKey key = XWingKey::from_seed(SecretBytes<32>());
  const auto made = xwing_encapsulate(key.public_key()).value();
  for (const std::size_t at : {0U, 500U, 1087U, 1088U, 1118U}) {
    XWingCiphertext changed = made.ciphertext;
    changed.bytes[at] ^= std::byte{1};
    const auto secret = key.decapsulate(changed);
    EXPECT_FALSE(secret && *secret == made.shared_secret) << at;
  }
  const XWingKey other =
      XWingKey::from_seed(SecretBytes<32>::copy_of(base::Bytes(32, std::byte{1})));
  EXPECT_FALSE(other.decapsulate(made.ciphertext).value() == made.shared_secret);
}

TEST(XWing, WhatIsNoKeyIsRefused) {
  const XWingKey key = XWingKey::from_seed(SecretBytes<32>());
  XWingPublicKey low_order = key.public_key();
  std::fill(low_order.bytes.end() - 32, low_order.bytes.end(), std::byte{0});
  EXPECT_EQ(xwing_encapsulate(low_order).error().code, base::Code::invalid);

  XWingPublicKey beyond_q = key.public_key();  // the first coefficient, 12 bits, is 0xfff
  beyond_q.bytes[0] = std::byte{0xff};
  beyond_q.bytes[1] |= std::byte{0x0f};
  EXPECT_EQ(xwing_encapsulate(beyond_q).error().code, base::Code::invalid);

  XWingCiphertext hostile = xwing_encapsulate(key.public_key())->ciphertext;
  std::fill(hostile.bytes.end() - 32, hostile.bytes.end(), std::byte{0});
  EXPECT_EQ(key.decapsulate(hostile).error().code, base::Code::corrupt);
}

}  // namespace
}  // namespace tesseras::crypto
