// What a pack is cut into (spec/plan.md, section 2): which pieces there are, and how large.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace tesseras::erasure {

// Kinds of shapes. Their numbers are in plans and may never change.
enum class Tier : std::uint8_t {
  copies = 1,  // 7 whole packs
  medium = 2,  // 16 pieces and 8 for repair
  large = 3,   // 48 pieces and 24 for repair
};

std::optional<Tier> tier_from(std::uint64_t number);

// Of a pack of this many bytes: copies below 4 MiB, medium below 256 MiB, large from there on.
Tier tier_of(std::uint64_t pack_bytes);

// A pack cut as its tier says. Fragments are numbered from 0; those below data() are the pack
// itself, piece by piece, and every set of data() of them gives all the others.
class Shape {
 public:
  // `pack_bytes` is at least 1.
  Shape(Tier tier, std::uint64_t pack_bytes);

  Tier tier() const { return tier_; }
  std::uint64_t pack_bytes() const { return pack_bytes_; }
  unsigned data() const { return data_; }
  unsigned parity() const { return fragments_ - data_; }
  unsigned fragments() const { return fragments_; }
  // Of each of them; the last piece of the pack has zeros behind it.
  std::uint64_t fragment_bytes() const { return fragment_bytes_; }
  // How many bytes of the pack a fragment holds: fewer than it has, or none, at the end and beyond.
  std::uint64_t pack_bytes_in(unsigned fragment) const;

  bool operator==(const Shape&) const = default;

 private:
  Tier tier_;
  std::uint64_t pack_bytes_;
  unsigned data_;
  unsigned fragments_;
  std::uint64_t fragment_bytes_;
};

}  // namespace tesseras::erasure
