// Randomness for secrets, from the operating system through OpenSSL's private generator.
#pragma once

#include "foundation/base/bytes.hpp"
#include "foundation/crypto/secret.hpp"

namespace tesseras::crypto {

// Fills `out`, or aborts: a program that cannot draw a secret must not go on with a guess.
void fill_random(base::MutableByteSpan out);

template <std::size_t N>
SecretBytes<N> random_secret() {
  SecretBytes<N> secret;
  fill_random(secret.mutable_span());
  return secret;
}

}  // namespace tesseras::crypto
