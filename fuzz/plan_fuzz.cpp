// A plan has one written form, and whatever is taken for a signed one is the same when it is read
// again. No bytes made by chance are taken for signed ones.
#include <cstddef>
#include <cstdint>
#include <span>

#include "foundation/base/assert.hpp"
#include "preserve/replica/plan.hpp"

namespace tesseras {

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = std::as_bytes(std::span(data, size));
  const auto text = base::as_text(bytes);
  if (const auto plan = replica::parse_plan(text)) {
    ASSERT(replica::encode(*plan) == text);
    for (unsigned i = 0; i < plan->shape.fragments(); ++i)
      ASSERT(plan->hash_of(i).hex().size() == 64);
  }
  const auto read = replica::SignedPlan::decode(bytes);
  if (!read) return 0;
  const base::Bytes encoded = read->encoded();
  ASSERT(encoded.size() <= replica::signed_plan_bytes_max);
  const auto again = replica::SignedPlan::decode(encoded);
  ASSERT(again && again->id() == read->id() && again->plan() == read->plan() &&
         again->author() == read->author() && again->encoded() == encoded);
  return 0;
}

}  // namespace tesseras
