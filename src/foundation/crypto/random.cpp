#include "foundation/crypto/random.hpp"

#include <openssl/rand.h>

#include <algorithm>

#include "foundation/base/assert.hpp"
#include "foundation/crypto/evp.hpp"

namespace tesseras::crypto {

void fill_random(base::MutableByteSpan out) {
  constexpr std::size_t draw_bytes_max = std::size_t{1} << 20U;  // OpenSSL counts in an int
  while (!out.empty()) {
    const std::size_t count = std::min(out.size(), draw_bytes_max);
    ASSERT(RAND_priv_bytes(writable_octets(out), static_cast<int>(count)) == 1);
    out = out.subspan(count);
  }
}

}  // namespace tesseras::crypto
