#include "preserve/replica/planning.hpp"

#include <vector>

#include "foundation/crypto/blake3.hpp"

namespace tesseras::replica {

using base::Code;
using base::fail;

Result<SignedPlan> make_plan(std::string_view manifest, std::uint64_t pack_bytes,
                             const erasure::ReadPack& read, const identity::Identity& author,
                             const OnBytes& on_bytes) {
  if (pack_bytes == 0) return fail(Code::invalid, "an empty pack has no plan");
  const erasure::Shape shape(erasure::tier_of(pack_bytes), pack_bytes);
  const bool is_copies = shape.tier() == erasure::Tier::copies;
  std::vector<crypto::Blake3> hashers(is_copies ? 1 : shape.fragments());
  std::uint64_t read_bytes = 0;
  const auto counted = [&](std::uint64_t offset, base::MutableByteSpan into) -> Result<void> {
    TRY(read(offset, into));
    read_bytes += into.size();
    if (on_bytes && !on_bytes(read_bytes)) return fail(Code::cancelled, "stopped");
    return {};
  };
  TRY(erasure::encode(shape, counted, [&](unsigned fragment, base::ByteSpan bytes) -> Result<void> {
    hashers.at(fragment).update(bytes);
    return {};
  }));
  const auto text = base::as_bytes(manifest);
  Plan plan{base::ContentHash{crypto::blake3(text).bytes}, text.size(), shape, {}};
  for (crypto::Blake3& hasher : hashers) plan.fragments.push_back(hasher.finish());
  return SignedPlan::make(plan, manifest, author);
}

}  // namespace tesseras::replica
