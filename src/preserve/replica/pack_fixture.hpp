// For tests: what a pack is really cut into, beside the samples of replica_fixture.hpp.
#pragma once

#include <string_view>
#include <vector>

#include "preserve/erasure/coding.hpp"
#include "preserve/replica/pack_fragments.hpp"
#include "preserve/replica/replica_fixture.hpp"

namespace tesseras::replica {

// All of them; copies, too.
inline std::vector<base::Bytes> fragments_of(base::ByteSpan pack) {
  const erasure::Shape shape(erasure::tier_of(pack.size()), pack.size());
  std::vector<base::Bytes> fragments(shape.fragments());
  const auto cut = erasure::encode(
      shape,
      [&](std::uint64_t offset, base::MutableByteSpan into) -> Result<void> {
        std::ranges::copy(pack.subspan(offset, into.size()), into.begin());
        return {};
      },
      [&](unsigned fragment, base::ByteSpan bytes) -> Result<void> {
        auto& all = fragments.at(fragment);
        all.insert(all.end(), bytes.begin(), bytes.end());
        return {};
      });
  EXPECT_TRUE(cut);
  if (shape.tier() == erasure::Tier::copies)
    std::ranges::fill(fragments, base::Bytes(fragments[0]));
  return fragments;
}

inline Result<base::Bytes> read_pack(const OpenPack& open, std::uint64_t size_bytes) {
  base::Bytes pack(size_bytes);
  TRY(TRY(open())(0, pack));
  return pack;
}

// As the plan of the tessera with that name, of which this is said to be the pack.
inline SignedPlan signed_plan_of(base::ByteSpan pack, std::string_view name = "pack") {
  auto fragments = fragments_of(pack);
  if (erasure::tier_of(pack.size()) == erasure::Tier::copies) fragments.resize(1);
  return sample_of(name, pack.size(), std::move(fragments)).plan;
}

}  // namespace tesseras::replica
