// What a node offers to do for others, as 64 bits. Bits that this release does not know are kept
// and passed on.
#pragma once

#include <cstdint>
#include <initializer_list>

namespace tesseras::dht {

// Bit numbers. They are on the wire and may never change their meaning.
enum class Capability : std::uint8_t {
  ping = 0,
  find_node = 1,
  find_value = 2,
  store = 3,
  replicate = 4,
  attest = 5,
  relay = 6,
  institutional = 7,
  search_index = 8,
};

struct Capabilities {
  std::uint64_t bits = 0;

  constexpr Capabilities() = default;
  explicit constexpr Capabilities(std::uint64_t from) : bits(from) {}
  constexpr Capabilities(std::initializer_list<Capability> all) {
    for (const Capability one : all) bits |= mask(one);
  }

  constexpr bool has(Capability one) const { return (bits & mask(one)) != 0; }
  bool operator==(const Capabilities&) const = default;

 private:
  static constexpr std::uint64_t mask(Capability one) {
    return std::uint64_t{1} << static_cast<unsigned>(one);
  }
};

// What every node of this release does.
inline constexpr Capabilities own_capabilities{Capability::ping, Capability::find_node,
                                               Capability::find_value, Capability::store};

}  // namespace tesseras::dht
