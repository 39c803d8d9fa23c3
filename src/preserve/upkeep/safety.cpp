#include "preserve/upkeep/safety.hpp"

#include <vector>

#include "preserve/replica/roster.hpp"

namespace tesseras::upkeep {

Safety safety_of(const erasure::Shape& shape, const Fragments& kept_here,
                 std::span<const Holder> holders) {
  Safety safety;
  std::vector<Fragments> kept;
  if (kept_here.any()) kept.push_back(kept_here);
  for (const auto& one : holders) {
    const Fragments expected = one.live | one.away;
    if (expected.any())
      kept.push_back(expected);
    else
      ++safety.missing;
  }
  for (const auto& one : kept) safety.kept |= one;
  safety.holders = kept.size();
  safety.may_vanish = replica::may_vanish(shape, kept, 0);
  return safety;
}

}  // namespace tesseras::upkeep
