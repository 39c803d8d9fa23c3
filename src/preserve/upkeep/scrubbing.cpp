#include "preserve/upkeep/scrubbing.hpp"

#include <algorithm>
#include <chrono>
#include <utility>
#include <vector>

#include "foundation/runtime/waiter.hpp"

namespace tesseras::upkeep {

using base::Code;
using base::Result;
using replica::Reference;

namespace {

// Where there is little to read, or nothing.
constexpr std::chrono::seconds round_time_min{60};
constexpr std::chrono::milliseconds pause_min{10};

}  // namespace

Scrubbing::Scrubbing(runtime::Offload offload, std::shared_ptr<replica::FragmentStore> store,
                     std::uint64_t bytes_per_second, runtime::Log log)
    : offload_(offload),
      store_(std::move(store)),
      bytes_per_second_(bytes_per_second),
      log_(log),
      tasks_(offload.loop()) {
  tasks_.spawn(keep_reading());
}

Task<void> Scrubbing::keep_reading() {
  auto& loop = offload_.loop();
  for (;;) {
    const auto next_round = loop.now() + round_time_min;
    const auto references = co_await offload_.run(
        [store = store_]() -> Result<std::vector<Reference>> { return store->references(); });
    if (references) {
      for (const auto& reference : *references) {
        if (reference.is_quarantined) continue;
        co_await check(reference);
        const auto time = std::chrono::milliseconds(
            static_cast<std::int64_t>(1000 * reference.size_bytes / bytes_per_second_));
        co_await runtime::sleep_until(loop, loop.now() + std::max(time, pause_min));
      }
    }
    co_await runtime::sleep_until(loop, std::max(next_round, loop.now()));
  }
}

Task<void> Scrubbing::check(Reference reference) {
  const auto checked =
      co_await offload_.run([store = store_, name = reference.name] { return store->check(name); });
  counts_.checked_bytes += reference.size_bytes;
  if (checked || checked.error().code != Code::corrupt) co_return;
  ++counts_.rotten;
  log_.warn("a fragment that this node keeps has rotted; it is set aside, and will be made again",
            {{"plan", reference.name.plan.hex()}, {"fragment", reference.name.fragment}});
}

}  // namespace tesseras::upkeep
