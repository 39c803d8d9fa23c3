#include "foundation/crypto/aead.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace tesseras::crypto {
namespace {

const SecretBytes<32>& key() {
  static const SecretBytes<32> key =
      SecretBytes<32>::copy_of(base::as_bytes("thirty-two bytes make an AES key"));
  return key;
}

// McGrew and Viega's test case 13 and 14 of GCM: all zeros.
TEST(Aead, KnownAnswers) {
  Aes256Gcm aead{SecretBytes<32>()};
  base::Bytes sealed(16);
  aead.seal({}, {}, {}, sealed);
  EXPECT_EQ(base::to_hex(sealed), "530f8afbc74536b9a963b4f1c4cb738b");
  sealed.resize(32);
  aead.seal({}, {}, base::Bytes(16), sealed);
  EXPECT_EQ(base::to_hex(sealed),
            "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919");
}

TEST(Aead, OpensWhatItSealed) {
  Aes256Gcm aead(key());
  for (const std::size_t size : {0U, 1U, 34U, 65536U}) {
    const base::Bytes plain(size, std::byte{7});
    base::Bytes sealed(size + Aes256Gcm::tag_size_bytes), opened(size);
    aead.seal(AeadNonce{}, base::as_bytes("header"), plain, sealed);
    ASSERT_TRUE(aead.open(AeadNonce{}, base::as_bytes("header"), sealed, opened)) << size;
    EXPECT_EQ(opened, plain);
  }
}

TEST(Aead, AnyChangeIsFoundAndNothingComesOut) {
  Aes256Gcm aead(key());
  const base::Bytes plain(40, std::byte{7});
  base::Bytes sealed(plain.size() + Aes256Gcm::tag_size_bytes), opened(plain.size());
  const AeadNonce nonce{std::byte{1}};
  aead.seal(nonce, base::as_bytes("header"), plain, sealed);
  const auto refused = [&](const AeadNonce& with, std::string_view header, base::ByteSpan bytes) {
    std::ranges::fill(opened, std::byte{0xee});
    const auto result = aead.open(with, base::as_bytes(header), bytes, opened);
    return !result && result.error().code == base::Code::corrupt &&
           opened == base::Bytes(plain.size());
  };
  for (std::size_t bit = 0; bit < sealed.size() * 8; ++bit) {
    base::Bytes changed = sealed;
    changed[bit / 8] ^= std::byte{1} << (bit % 8);
    EXPECT_TRUE(refused(nonce, "header", changed)) << bit;
  }
  EXPECT_TRUE(refused(AeadNonce{}, "header", sealed));
  EXPECT_TRUE(refused(nonce, "Header", sealed));
  EXPECT_TRUE(refused(nonce, "", sealed));
  // After all those refusals the object still serves.
  ASSERT_TRUE(aead.open(nonce, base::as_bytes("header"), sealed, opened));
  EXPECT_EQ(opened, plain);
}

}  // namespace
}  // namespace tesseras::crypto
