#include <gtest/gtest.h>

#include "foundation/crypto/blake3.hpp"
#include "foundation/crypto/ed25519.hpp"
#include "foundation/crypto/mldsa65.hpp"

namespace tesseras::crypto {
namespace {

SecretBytes<32> secret_from_hex(std::string_view hex) {
  SecretBytes<32> secret;
  EXPECT_TRUE(base::from_hex(hex, secret.mutable_span()));
  return secret;
}

// RFC 8032, section 7.1, tests 1 and 3.
TEST(Ed25519, KnownAnswers) {
  struct Case {
    std::string_view seed, public_key, message, signature;
  };
  for (const Case& c :
       {Case{
            "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39"
            "701cf9b46bd25bf5f0595bbe24655141438e7a100b"},
        Case{
            "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
            "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f7"
            "60984dc6594a7c15e9716ed28dc027beceea1ec40a"}}) {
    const Ed25519Key key = Ed25519Key::from_seed(secret_from_hex(c.seed));
    EXPECT_EQ(key.public_key().hex(), c.public_key);
    base::Bytes message(c.message.size() / 2);
    ASSERT_TRUE(base::from_hex(c.message, message));
    EXPECT_EQ(key.sign(message).hex(), c.signature);
    EXPECT_TRUE(verify(key.public_key(), message, key.sign(message)));
  }
}

TEST(Ed25519, AnyChangedBitIsFound) {
  const Ed25519Key key = Ed25519Key::from_seed(SecretBytes<32>());
  const base::Bytes message = base::to_bytes("the MANIFEST");
  const Ed25519Signature signature = key.sign(message);
  for (std::size_t bit = 0; bit < signature.bytes.size() * 8; ++bit) {
    Ed25519Signature changed = signature;
    changed.bytes[bit / 8] ^= std::byte{1} << (bit % 8);
    EXPECT_FALSE(verify(key.public_key(), message, changed)) << bit;
  }
  for (std::size_t bit = 0; bit < 256; ++bit) {
    Ed25519PublicKey other = key.public_key();
    other.bytes[bit / 8] ^= std::byte{1} << (bit % 8);
    EXPECT_FALSE(verify(other, message, signature)) << bit;
  }
  EXPECT_FALSE(verify(key.public_key(), base::as_bytes("the MANIFESt"), signature));
}

// With the neutral element as key, R = neutral and S = 0 satisfy the equation for every
// message: a lax verifier says yes to all of these.
TEST(Ed25519, KeysOfSmallOrderOrSpelledTwiceAreRefused) {
  const std::string neutral = "01" + std::string(62, '0');
  const auto forged = Ed25519Signature::from_hex(neutral + std::string(64, '0'));
  ASSERT_TRUE(forged);
  const std::string ff(60, 'f');
  for (const std::string& y :
       {neutral, std::string(64, '0'), std::string(62, '0') + "80",
        "01" + std::string(60, '0') + "80", "ec" + ff + "7f", "ec" + ff + "ff", "ed" + ff + "7f",
        "ee" + ff + "7f", "ee" + ff + "ff",
        std::string("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"),
        std::string("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85"),
        std::string("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"),
        std::string("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa")}) {
    const auto key = Ed25519PublicKey::from_hex(y);
    ASSERT_TRUE(key);
    for (const std::string_view message : {"", "a", "b", "c", "d", "e", "f", "g"}) {
      EXPECT_FALSE(verify(*key, base::as_bytes(message), *forged)) << y;
    }
  }
}

TEST(MlDsa65, SignsTheSameTwiceAndFindsChanges) {
  const MlDsa65Key key = MlDsa65Key::from_seed(SecretBytes<32>());
  const base::Bytes message = base::to_bytes("the MANIFEST");
  const MlDsa65Signature signature = key.sign(message);
  EXPECT_EQ(signature, key.sign(message));
  EXPECT_TRUE(verify(key.public_key(), message, signature));
  EXPECT_TRUE(verify(key.public_key(), {}, key.sign({})));
  EXPECT_FALSE(verify(key.public_key(), {}, signature));
  // A bit in each part: challenge, response, hints.
  for (const std::size_t at : {0U, 47U, 48U, 1500U, 3247U, 3248U, 3300U, 3308U}) {
    MlDsa65Signature changed = signature;
    changed.bytes[at] ^= std::byte{1};
    EXPECT_FALSE(verify(key.public_key(), message, changed)) << at;
  }
  for (const std::size_t at : {0U, 31U, 32U, 1951U}) {
    MlDsa65PublicKey other = key.public_key();
    other.bytes[at] ^= std::byte{1};
    EXPECT_FALSE(verify(other, message, signature)) << at;
  }
}

}  // namespace
}  // namespace tesseras::crypto
