#include "preserve/replica/gathering.hpp"

#include <algorithm>
#include <numeric>

#include "foundation/base/assert.hpp"

namespace tesseras::replica {

Gathering::Gathering(const erasure::Shape& shape, const Fragments& begun, GatheringOptions options)
    : shape_(shape), options_(options), order_(shape.fragments()) {
  std::iota(order_.begin(), order_.end(), 0U);
  std::ranges::stable_partition(order_, [&](unsigned fragment) { return begun.test(fragment); });
}

std::size_t Gathering::add_source(const Fragments& offers) {
  sources_.push_back({offers, 0, 0, false});
  return sources_.size() - 1;
}

std::optional<Gathering::Ask> Gathering::next() {
  const auto moving = static_cast<std::size_t>(
      std::ranges::count_if(asked_, [](const Asked& one) { return !one.is_stalled; }));
  if (done_.count() + moving >= shape_.data() || moving >= options_.moving_max ||
      asked_.size() >= options_.asked_max)
    return std::nullopt;
  for (const unsigned fragment : order_) {
    const bool is_asked =
        std::ranges::any_of(asked_, [&](const Asked& one) { return one.ask.fragment == fragment; });
    if (is_asked || done_.test(fragment)) continue;
    const auto source = source_for(fragment);
    if (!source) continue;
    ++sources_[*source].asked;
    asked_.push_back({{*source, fragment}, false});
    return asked_.back().ask;
  }
  return std::nullopt;
}

// The least busy, of these the one that failed least, of these the first.
std::optional<std::size_t> Gathering::source_for(unsigned fragment) const {
  std::optional<std::size_t> best;
  for (std::size_t i = 0; i < sources_.size(); ++i) {
    const Source& one = sources_[i];
    if (!one.offers.test(fragment) || is_left_alone(one) || one.asked >= options_.of_one_source_max)
      continue;
    if (!best || one.asked < sources_[*best].asked ||
        (one.asked == sources_[*best].asked && one.failures < sources_[*best].failures))
      best = i;
  }
  return best;
}

void Gathering::take_back(const Ask& ask) {
  const auto at = std::ranges::find(asked_, ask, &Asked::ask);
  ASSERT(at != asked_.end());
  asked_.erase(at);
  --sources_[ask.source].asked;
}

void Gathering::done(const Ask& ask) {
  take_back(ask);
  sources_[ask.source].failures = 0;
  done_.set(ask.fragment);
}

void Gathering::failed(const Ask& ask, Failure why) {
  take_back(ask);
  Source& source = sources_[ask.source];
  if (why == Failure::is_missing) source.offers.reset(ask.fragment);
  if (why == Failure::broke_off) ++source.failures;
  if (why == Failure::has_lied) source.has_lied = true;
}

bool Gathering::forgive() {
  bool is_any = false;
  for (Source& one : sources_) {
    if (one.has_lied || one.failures == 0 || (one.offers & ~done_).none()) continue;
    one.failures = 0;
    is_any = true;
  }
  return is_any;
}

bool Gathering::is_left_alone(const Source& one) const {
  return one.has_lied || one.failures >= options_.failures_max;
}

void Gathering::stalled(unsigned fragment) {
  for (Asked& one : asked_)
    if (one.ask.fragment == fragment) one.is_stalled = true;
}

}  // namespace tesseras::replica
