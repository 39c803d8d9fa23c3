#include "sim/scenarios/churn.hpp"

#include <algorithm>

namespace tesseras::scenarios {
namespace {

constexpr auto step = std::chrono::seconds(5);
constexpr auto patience = std::chrono::minutes(10);

runtime::Task<void> forget(runtime::Task<base::Result<dht::Published>> publishing) {
  (void)co_await std::move(publishing);
}

}  // namespace

Churn::Churn(DhtWorld& net, std::vector<Pointer> pointers, const ChurnRate& rate)
    : net_(net), pointers_(std::move(pointers)), rate_(rate) {}

// One in mean / within, which is near enough while `within` is short.
bool Churn::happens(base::nanoseconds within, base::nanoseconds mean) {
  return net_.world().dice().below(static_cast<std::uint64_t>(mean.count())) <
         static_cast<std::uint64_t>(within.count());
}

void Churn::begin() {
  for (std::size_t i = 1; i < net_.size(); ++i) {
    if (happens(rate_.off, rate_.on + rate_.off)) crash(i);
  }
}

void Churn::run(base::nanoseconds span) {
  const auto end = net_.world().now() + span;
  while (net_.world().now() < end) {
    const auto now = std::min<base::nanoseconds>(step, end - net_.world().now());
    for (std::size_t i = 1; i < net_.size(); ++i) {
      if (net_.is_on(i)) {
        if (happens(now, rate_.on)) crash(i);
      } else if (happens(now, rate_.off)) {
        restart(i);
      }
    }
    net_.world().run_for(now);
  }
}

void Churn::end() {
  for (std::size_t i = 1; i < net_.size(); ++i) {
    if (!net_.is_on(i)) restart(i);
  }
}

void Churn::crash(std::size_t number) {
  net_.crash(number);
  ++crashes_;
}

void Churn::restart(std::size_t number) {
  net_.start(number);
  for (const auto& pointer : pointers_) {
    if (pointer.publisher == number) publish_soon(pointer);
  }
}

void Churn::publish_soon(const Pointer& pointer) {
  auto& loop = net_.world().node(pointer.publisher);
  auto& tasks = publishing_[pointer.publisher];
  tasks = std::make_unique<runtime::Tasks>(loop);
  tasks->spawn(forget(
      net_.service(pointer.publisher).publish(pointer.key, std::nullopt, loop.now() + patience)));
}

}  // namespace tesseras::scenarios
