// Every maximum of this library, with its reason. Those that two machines must agree on stand in
// spec/dht.md.
#pragma once

#include <cstddef>
#include <cstdint>

namespace tesseras::dht {

struct Limits {
  // Zero bits at the front of a NodeId: about 256 hashes to find, under a second on anything.
  static constexpr unsigned proof_zero_bits = 8;
  // A nonce from here on is refused before any work. One honest key in e^256 needs more, and
  // checking that a nonce is the smallest costs as many hashes as the nonce says.
  static constexpr std::uint64_t nonce_end = std::uint64_t{1} << 16U;

  // Both families, a few interfaces. Each is somewhere that others will be sent to.
  static constexpr std::size_t endpoints_max = 8;
  // What a node says of itself needs 330 bytes at most; the rest is for what later releases add.
  static constexpr std::size_t node_info_bytes_max = 512;
};

}  // namespace tesseras::dht
