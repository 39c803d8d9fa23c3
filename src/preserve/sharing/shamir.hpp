// Shamir's secret sharing ("How to Share a Secret", 1979), byte by byte over GF(2⁸); the format of
// what comes out is spec/sharing.md. For each byte of the secret stands a polynomial of a degree
// below the threshold, which is the secret at 0 and random elsewhere; a share is what all of them
// are at the share's index. With fewer shares than the threshold every secret is as likely as
// every other, whatever anybody computes. What is shared is not authenticated: a share that was
// changed gives another secret, and whoever keeps shares adds what finds that.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "foundation/base/bytes.hpp"
#include "foundation/base/result.hpp"
#include "foundation/crypto/secret.hpp"

namespace tesseras::sharing {

using base::Result;

inline constexpr unsigned shares_max = 255;  // the elements of the field, without 0

struct Share {
  std::uint8_t index = 0;     // 1 to 255
  crypto::SecretBuffer data;  // as many bytes as the secret has
};

// `count` shares with the indices 1 to `count`, of which any `threshold` give the secret again,
// with the operating system's randomness. 1 ≤ threshold ≤ count ≤ shares_max, or the program ends:
// whoever asks a person for them has checked.
std::vector<Share> split(base::ByteSpan secret, unsigned threshold, unsigned count);

// The same with given coefficients: those of x for every byte of the secret, then those of x², and
// so on; (threshold - 1) × secret.size() bytes. For vectors.
std::vector<Share> split_with(base::ByteSpan secret, unsigned threshold, unsigned count,
                              base::ByteSpan coefficients);

// The secret of which these are shares; all that are given are used. With fewer than the threshold,
// or one that is false, something else comes out, and nothing here tells.
// invalid: none is given, one has the index 0, one index stands twice, or their sizes differ.
Result<crypto::SecretBuffer> combine(std::span<const Share> shares);

}  // namespace tesseras::sharing
