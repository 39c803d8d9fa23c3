#include "foundation/crypto/ed25519.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "foundation/base/assert.hpp"

namespace tesseras::crypto {
namespace {

using Coordinate = std::array<std::byte, 32>;

// The y of the points whose order divides 8, little-endian as keys are written. Each stands for
// both signs of x.
constexpr std::array<std::string_view, 5> small_order_y = {
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"};

// y < p = 2^255 - 19.
bool is_canonical(const Coordinate& y) {
  const bool high_part_full =
      y[31] == std::byte{0x7f} &&
      std::all_of(y.begin() + 1, y.begin() + 31, [](std::byte b) { return b == std::byte{0xff}; });
  return !high_part_full || y[0] < std::byte{0xed};
}

}  // namespace

bool is_usable(const Ed25519PublicKey& key) {
  Coordinate y = key.bytes;
  y[31] &= std::byte{0x7f};  // the highest bit is the sign of x
  // A second spelling of one key would let one signature appear under two names.
  if (!is_canonical(y)) return false;
  // With a key of small order, R and S can be chosen that fit any message.
  return !std::ranges::contains(small_order_y, base::to_hex(y));
}

Ed25519Key::Ed25519Key(EvpKey key) : key_(std::move(key)) {
  ASSERT(key_ != nullptr);
  export_public_key(key_.get(), public_key_.bytes);
}

Ed25519Key Ed25519Key::from_seed(const SecretBytes<32>& seed) {
  return Ed25519Key(private_key_from_raw("ED25519", seed.span()));
}

Ed25519Signature Ed25519Key::sign(base::ByteSpan message) const {
  const EvpOwner<evp_md_ctx_st> context(EVP_MD_CTX_new());
  ASSERT(context != nullptr);
  ASSERT(EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key_.get()) == 1);
  Ed25519Signature signature;
  std::size_t size = signature.bytes.size();
  ASSERT(EVP_DigestSign(context.get(), writable_octets(signature.bytes), &size, octets(message),
                        message.size()) == 1);
  ASSERT(size == signature.bytes.size());
  return signature;
}

bool verify(const Ed25519PublicKey& key, base::ByteSpan message,
            const Ed25519Signature& signature) {
  if (!is_usable(key)) return false;
  const EvpKey handle = public_key_from_raw("ED25519", key.bytes);
  if (handle == nullptr) return false;
  const EvpOwner<evp_md_ctx_st> context(EVP_MD_CTX_new());
  ASSERT(context != nullptr);
  ASSERT(EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, handle.get()) == 1);
  const int verdict = EVP_DigestVerify(context.get(), octets(signature.bytes),
                                       signature.bytes.size(), octets(message), message.size());
  if (verdict != 1) forget_errors();
  return verdict == 1;
}

}  // namespace tesseras::crypto
