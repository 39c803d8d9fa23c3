#include "foundation/crypto/xwing.hpp"

#include <algorithm>
#include <string_view>

#include "foundation/base/assert.hpp"
#include "foundation/crypto/random.hpp"

namespace tesseras::crypto {
namespace {

using base::Code;
using base::fail;
using base::Result;

constexpr std::string_view label =
    "\\./"
    "/^\\";

template <class Whole, class First, class Second>
Whole join(const First& first, const Second& second) {
  static_assert(First::size_bytes + Second::size_bytes == Whole::size_bytes);
  Whole whole;
  std::ranges::copy(first.bytes, whole.bytes.begin());
  std::ranges::copy(second.bytes, whole.bytes.begin() + First::size_bytes);
  return whole;
}

template <class First, class Whole>
First first_part(const Whole& whole) {
  return *First::from_bytes(base::ByteSpan(whole.bytes).first(First::size_bytes));
}

template <class Second, class Whole>
Second second_part(const Whole& whole) {
  return *Second::from_bytes(base::ByteSpan(whole.bytes).last(Second::size_bytes));
}

SecretBytes<32> combine(const SecretBytes<32>& post_quantum, const SecretBytes<32>& classical,
                        const X25519PublicKey& ephemeral, const X25519PublicKey& recipient) {
  static const evp_md_st* const sha3_256 = fetch_digest("SHA3-256");
  EvpDigest digest(sha3_256);
  digest.update(post_quantum.span());
  digest.update(classical.span());
  digest.update(ephemeral.bytes);
  digest.update(recipient.bytes);
  digest.update(base::as_bytes(label));
  SecretBytes<32> shared;
  digest.finish(shared.mutable_span());
  return shared;
}

}  // namespace

XWingKey::XWingKey(MlKem768Key post_quantum, X25519Key classical)
    : post_quantum_(std::move(post_quantum)),
      classical_(std::move(classical)),
      public_key_(join<XWingPublicKey>(post_quantum_.public_key(), classical_.public_key())) {}

XWingKey XWingKey::from_seed(const SecretBytes<32>& seed) {
  static const evp_md_st* const shake256 = fetch_digest("SHAKE256");
  EvpDigest digest(shake256);
  digest.update(seed.span());
  SecretBytes<96> expanded;
  digest.finish_extendable(expanded.mutable_span());
  return XWingKey(MlKem768Key::from_seed(SecretBytes<64>::copy_of(expanded.span().first<64>())),
                  X25519Key::from_private(SecretBytes<32>::copy_of(expanded.span().last<32>())));
}

Result<SecretBytes<32>> XWingKey::decapsulate(const XWingCiphertext& ciphertext) const {
  const auto ephemeral = second_part<X25519PublicKey>(ciphertext);
  const auto classical = classical_.agree(ephemeral);
  if (!classical) return fail(Code::corrupt, "the X-Wing ciphertext has a point of small order");
  const SecretBytes<32> post_quantum =
      post_quantum_.decapsulate(first_part<MlKem768Ciphertext>(ciphertext));
  return combine(post_quantum, *classical, ephemeral, classical_.public_key());
}

Result<XWingEncapsulation> xwing_encapsulate(const XWingPublicKey& key) {
  return xwing_encapsulate_derand(key, random_secret<64>());
}

Result<XWingEncapsulation> xwing_encapsulate_derand(const XWingPublicKey& key,
                                                    const SecretBytes<64>& randomness) {
  const auto recipient = second_part<X25519PublicKey>(key);
  const auto ephemeral =
      X25519Key::from_private(SecretBytes<32>::copy_of(randomness.span().last<32>()));
  const auto classical = ephemeral.agree(recipient);
  if (!classical) return fail(Code::invalid, "the X-Wing public key has a point of small order");
  const auto post_quantum = mlkem768_encapsulate(
      first_part<MlKem768PublicKey>(key), SecretBytes<32>::copy_of(randomness.span().first<32>()));
  if (!post_quantum) {
    return fail(Code::invalid, "the X-Wing public key has an ML-KEM coefficient out of range");
  }
  return XWingEncapsulation{
      join<XWingCiphertext>(post_quantum->ciphertext, ephemeral.public_key()),
      combine(post_quantum->shared_secret, *classical, ephemeral.public_key(), recipient)};
}

}  // namespace tesseras::crypto
