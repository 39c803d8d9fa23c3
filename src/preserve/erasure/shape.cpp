#include "preserve/erasure/shape.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "foundation/base/assert.hpp"

namespace tesseras::erasure {
namespace {

constexpr std::uint64_t medium_from_bytes = std::uint64_t{4} << 20U;
constexpr std::uint64_t large_from_bytes = std::uint64_t{256} << 20U;

struct Cut {
  unsigned data, fragments;
};
constexpr std::array<Cut, 3> cuts = {Cut{1, 7}, Cut{16, 24}, Cut{48, 72}};

Cut cut_of(Tier tier) { return cuts.at(std::to_underlying(tier) - 1U); }

}  // namespace

std::optional<Tier> tier_from(std::uint64_t number) {
  if (number < 1 || number > cuts.size()) return std::nullopt;
  return static_cast<Tier>(number);
}

Tier tier_of(std::uint64_t pack_bytes) {
  if (pack_bytes < medium_from_bytes) return Tier::copies;
  return pack_bytes < large_from_bytes ? Tier::medium : Tier::large;
}

Shape::Shape(Tier tier, std::uint64_t pack_bytes)
    : tier_(tier),
      pack_bytes_(pack_bytes),
      data_(cut_of(tier).data),
      fragments_(cut_of(tier).fragments),
      fragment_bytes_(pack_bytes / data_ + (pack_bytes % data_ == 0 ? 0 : 1)) {
  ASSERT(pack_bytes > 0);
}

std::uint64_t Shape::pack_bytes_in(unsigned fragment) const {
  if (tier_ == Tier::copies) return pack_bytes_;
  if (fragment >= data_) return 0;
  const std::uint64_t begin = fragment * fragment_bytes_;
  return begin >= pack_bytes_ ? 0 : std::min(fragment_bytes_, pack_bytes_ - begin);
}

}  // namespace tesseras::erasure
