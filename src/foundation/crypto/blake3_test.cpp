#include "foundation/crypto/blake3.hpp"

#include <gtest/gtest.h>

#include <string>

namespace tesseras::crypto {
namespace {

TEST(Blake3, KnownAnswers) {
  EXPECT_EQ(blake3({}).hex(), "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262");
  EXPECT_EQ(blake3(base::as_bytes("abc")).hex(),
            "6437b3ac38465133ffb63b75273a8db548c558465d79db03fd359c6cd5bd9d85");
}

TEST(Blake3, PiecesGiveTheSame) {
  const std::string data(300'000, 'x');
  Blake3 hasher;
  for (int round = 0; round < 2; ++round) {
    for (std::size_t at = 0; at < data.size();) {
      const std::string_view piece = std::string_view(data).substr(at, at % 70'001 + 1);
      hasher.update(base::as_bytes(piece));
      at += piece.size();
    }
    EXPECT_EQ(hasher.hash(), blake3(base::as_bytes(data)));  // may be asked in between
    EXPECT_EQ(hasher.finish(), blake3(base::as_bytes(data)));
  }
  EXPECT_EQ(hasher.hash(), blake3({}));
}

TEST(Blake3, CopiesGoTheirOwnWays) {
  Blake3 hasher;
  hasher.update(base::as_bytes("ab"));
  Blake3 copy = hasher;
  hasher.update(base::as_bytes("c"));
  EXPECT_EQ(hasher.hash(), blake3(base::as_bytes("abc")));
  EXPECT_EQ(copy.hash(), blake3(base::as_bytes("ab")));
}

TEST(Blake3, ModesAreApart) {
  const SecretBytes<32> key;
  Blake3 keyed = Blake3::keyed(key);
  keyed.update(base::as_bytes("abc"));
  const Blake3Hash once = keyed.finish();
  keyed.update(base::as_bytes("abc"));
  EXPECT_EQ(keyed.finish(), once);  // the key stays
  EXPECT_NE(once, blake3(base::as_bytes("abc")));
  EXPECT_FALSE(blake3_derive_key("a", base::as_bytes("abc")) ==
               blake3_derive_key("b", base::as_bytes("abc")));
}

}  // namespace
}  // namespace tesseras::crypto
