// root.seed of any bytes is a seed, bare or protected, or refused with a reason; what is bare is
// written the same again.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <variant>

#include "foundation/base/assert.hpp"
#include "preserve/identity/limits.hpp"
#include "preserve/identity/seed_file.hpp"

namespace tesseras {

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = std::as_bytes(std::span(data, size));
  const auto file = identity::decode_seed_file(bytes);
  if (!file) {
    ASSERT(file.error().code == base::Code::corrupt ||
           file.error().code == base::Code::unsupported);
    ASSERT(!file.error().message.empty());
    return 0;
  }
  if (const auto* bare = std::get_if<identity::RootSeed>(&*file)) {
    const auto again = identity::encode_heir_blob(*bare);
    ASSERT(std::ranges::equal(again.span(), bytes));
    return 0;
  }
  // Nobody can be made to spend more on a passphrase than the limits say.
  const auto& cost = std::get<identity::ProtectedSeed>(*file).cost;
  ASSERT(size == identity::protected_seed_size_bytes);
  ASSERT(cost.memory_kib <= identity::Limits::cost_memory_kib_max);
  ASSERT(cost.iterations <= identity::Limits::cost_iterations_max);
  return 0;
}

}  // namespace tesseras
