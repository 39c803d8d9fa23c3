#include "preserve/sharing/shamir.hpp"

#include <bitset>

#include "foundation/base/assert.hpp"
#include "foundation/crypto/random.hpp"
#include "preserve/sharing/gf256.hpp"

namespace tesseras::sharing {
namespace {

using base::ByteSpan;
using base::Code;
using base::fail;
using crypto::SecretBuffer;

// into[i] ⊕= by × from[i]
void add_multiple(base::MutableByteSpan into, ByteSpan from, Element by) {
  for (std::size_t i = 0; i < into.size(); ++i) {
    into[i] ^= std::byte{multiply(std::to_integer<Element>(from[i]), by)};
  }
}

Result<void> check(std::span<const Share> shares) {
  if (shares.empty()) return fail(Code::invalid, "no share is given");
  std::bitset<shares_max + 1> seen;
  for (const Share& share : shares) {
    if (share.index == 0) return fail(Code::invalid, "no share has the number 0");
    if (seen[share.index]) return fail(Code::invalid, "share {} is given twice", share.index);
    seen.set(share.index);
    if (share.data.size() != shares.front().data.size()) {
      return fail(Code::invalid, "share {} has {} bytes, and share {} has {}", shares.front().index,
                  shares.front().data.size(), share.index, share.data.size());
    }
  }
  return {};
}

// What the data of `shares[at]` is multiplied with in the sum that is the secret: Lagrange's basis
// polynomial at 0. Of the indices alone, which are no secret.
Element weight(std::span<const Share> shares, std::size_t at) {
  Element above = 1;
  Element below = 1;
  for (std::size_t i = 0; i < shares.size(); ++i) {
    if (i == at) continue;
    above = multiply(above, shares[i].index);
    below = multiply(below, shares[i].index ^ shares[at].index);
  }
  return multiply(above, inverse(below));
}

}  // namespace

std::vector<Share> split(ByteSpan secret, unsigned threshold, unsigned count) {
  ASSERT(threshold >= 1);
  // Zero is drawn as often as any other, the last coefficient's too: a polynomial of exactly that
  // degree would tell something.
  SecretBuffer coefficients((threshold - 1) * secret.size());
  crypto::fill_random(coefficients.mutable_span());
  return split_with(secret, threshold, count, coefficients.span());
}

std::vector<Share> split_with(ByteSpan secret, unsigned threshold, unsigned count,
                              ByteSpan coefficients) {
  ASSERT(threshold >= 1 && threshold <= count && count <= shares_max);
  ASSERT(coefficients.size() == (threshold - 1) * secret.size());
  std::vector<Share> shares;
  shares.reserve(count);
  for (unsigned index = 1; index <= count; ++index) {
    const auto x = static_cast<Element>(index);
    Share share{x, SecretBuffer::copy_of(secret)};
    Element power = x;
    for (std::size_t at = 0; at < coefficients.size(); at += secret.size()) {
      add_multiple(share.data.mutable_span(), coefficients.subspan(at, secret.size()), power);
      power = multiply(power, x);
    }
    shares.push_back(std::move(share));
  }
  return shares;
}

Result<SecretBuffer> combine(std::span<const Share> shares) {
  TRY(check(shares));
  SecretBuffer secret(shares.front().data.size());
  for (std::size_t i = 0; i < shares.size(); ++i) {
    add_multiple(secret.mutable_span(), shares[i].data.span(), weight(shares, i));
  }
  return secret;
}

}  // namespace tesseras::sharing
