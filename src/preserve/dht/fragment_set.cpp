#include "preserve/dht/fragment_set.hpp"

namespace tesseras::dht {

base::Bytes encode(const FragmentSet& fragments) {
  base::Bytes bytes;
  for (std::size_t i = 0; i < fragments.size(); ++i) {
    if (!fragments[i]) continue;
    bytes.resize(i / 8 + 1);
    bytes[i / 8] |= static_cast<std::byte>(1U << (i % 8));
  }
  return bytes;
}

base::Result<FragmentSet> decode_fragment_set(base::ByteSpan bytes) {
  if (bytes.size() > fragment_set_bytes_max)
    return base::fail(base::Code::corrupt, "fragments: {} bytes are too many", bytes.size());
  // One form for each set.
  if (!bytes.empty() && bytes.back() == std::byte{0})
    return base::fail(base::Code::corrupt, "fragments: the last byte is zero");
  FragmentSet fragments;
  for (std::size_t i = 0; i < 8 * bytes.size(); ++i)
    fragments[i] = (std::to_integer<unsigned>(bytes[i / 8]) >> (i % 8) & 1U) != 0;
  return fragments;
}

}  // namespace tesseras::dht
