#include "sim/scenarios/beginnings.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace tesseras::scenarios {
namespace {

constexpr auto pause_between_starts = std::chrono::milliseconds(100);
constexpr std::size_t told_every = 500;

}  // namespace

void begin(DhtWorld& net, const Options& options, base::nanoseconds settle) {
  begin(net, net.size(), options, settle);
}

void begin(DhtWorld& net, std::size_t count, const Options& options, base::nanoseconds settle) {
  for (std::size_t i = 0; i < count; ++i) {
    net.start(i);
    net.world().run_for(pause_between_starts);
    if ((i + 1) % told_every == 0)
      options.progress(fmt::format("{} of {} nodes have begun", i + 1, count));
  }
  net.world().run_for(settle);
}

void end(DhtWorld& net, Report& report) {
  report.add(all_is_bounded(net));
  report.add("steps", static_cast<double>(net.world().steps()));
  report.digest = digest(net);
}

std::vector<std::size_t> some_honest(DhtWorld& net, std::size_t most, std::size_t except) {
  std::vector<std::size_t> numbers;
  for (std::size_t i = 0; i < net.size(); ++i) {
    if (net.is_honest(i) && i != except) numbers.push_back(i);
  }
  auto& dice = net.world().dice();
  for (std::size_t i = 0; i + 1 < numbers.size(); ++i)
    std::swap(numbers[i], numbers[i + dice.below(numbers.size() - i)]);
  numbers.resize(std::min(numbers.size(), most));
  return numbers;
}

std::vector<Pointer> publish_some(DhtWorld& net, std::size_t count, std::uint64_t first,
                                  Report& report) {
  std::vector<Pointer> pointers;
  for (std::size_t i = 0; i < count; ++i) {
    const auto published = publish(net, net.some_honest(), key_of_number(first + i));
    report.add(published.faults);
    pointers.push_back(published.pointer);
  }
  return pointers;
}

Searches search_some(DhtWorld& net, const std::vector<Pointer>& pointers, std::size_t searchers) {
  Searches all;
  for (const auto& pointer : pointers)
    all.add(search(net, some_honest(net, searchers, pointer.publisher), {pointer}));
  return all;
}

void want_success(const Searches& searches, double wanted, Report& report) {
  if (searches.success() >= wanted) return;
  report.faults.push_back(
      fmt::format("only {} of {} searches found what was there", searches.found, searches.made));
  report.add(searches.faults);
}

void add(Report& report, const Searches& searches, std::string_view prefix) {
  const auto name = [&](std::string_view what) { return fmt::format("{}{}", prefix, what); };
  report.add(name("searches"), static_cast<double>(searches.made));
  report.add(name("found"), static_cast<double>(searches.found));
  report.add(name("hops_p50"), searches.hops_at(50));
  report.add(name("hops_p99"), searches.hops_at(99));
  report.add(name("requests_per_search"), searches.requests_per_search());
}

}  // namespace tesseras::scenarios
