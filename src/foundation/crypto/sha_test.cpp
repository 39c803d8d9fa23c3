#include <gtest/gtest.h>

#include <string>

#include "foundation/crypto/sha256.hpp"
#include "foundation/crypto/sha512.hpp"

namespace tesseras::crypto {
namespace {

// NIST's example values for FIPS 180-4: one block, two blocks, and a million letters.
constexpr std::string_view two_blocks = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";

TEST(Sha, KnownAnswers256) {
  EXPECT_EQ(sha256({}).hex(), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256(base::as_bytes("abc")).hex(),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256(base::as_bytes(two_blocks)).hex(),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

TEST(Sha, KnownAnswers512) {
  EXPECT_EQ(sha512({}).hex(),
            "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce"
            "47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e");
  EXPECT_EQ(sha512(base::as_bytes("abc")).hex(),
            "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
            "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f");
}

TEST(Sha, PiecesGiveTheSameAndTheHasherServesAgain) {
  const std::string million(1'000'000, 'a');
  Sha256 hasher;
  for (int round = 0; round < 2; ++round) {
    for (std::size_t at = 0; at < million.size();) {
      const std::string_view piece = std::string_view(million).substr(at, at % 997 + 1);
      hasher.update(base::as_bytes(piece));
      at += piece.size();
    }
    EXPECT_EQ(hasher.finish().hex(),
              "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
  }
  EXPECT_EQ(hasher.finish(), sha256({}));
  Sha512 other;
  other.update(base::as_bytes("ab"));
  other.update({});
  other.update(base::as_bytes("c"));
  EXPECT_EQ(other.finish(), sha512(base::as_bytes("abc")));
}

}  // namespace
}  // namespace tesseras::crypto
