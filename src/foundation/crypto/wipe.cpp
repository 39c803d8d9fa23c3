#include "foundation/crypto/wipe.hpp"

#include <algorithm>

namespace tesseras::crypto {

void reserve_wiping(base::Bytes& bytes, std::size_t more) {
  const auto needed = bytes.size() + more;
  if (needed <= bytes.capacity()) return;
  base::Bytes larger;
  larger.reserve(std::max(needed, 2 * bytes.capacity()));
  larger.insert(larger.end(), bytes.begin(), bytes.end());
  cleanse(bytes);
  bytes.swap(larger);
}

void append_wiping(base::Bytes& to, base::ByteSpan bytes) {
  reserve_wiping(to, bytes.size());
  to.insert(to.end(), bytes.begin(), bytes.end());
}

}  // namespace tesseras::crypto
