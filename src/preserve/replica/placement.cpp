#include "preserve/replica/placement.hpp"

#include <algorithm>
#include <map>
#include <optional>

#include "foundation/base/assert.hpp"

namespace tesseras::replica {
namespace {

// One who keeps, or is to keep, fragments.
struct Holder {
  const Candidate* candidate;
  std::size_t count;  // fragments
  std::uint64_t free_bytes;
  Fragments kept;
  Reason reason;
};

// Fills the pool of holders first, and then the holders with fragments: so nobody near gets many
// where others could have one each.
class Placing {
 public:
  Placing(const erasure::Shape& shape, std::span<const Candidate> candidates) : shape_(shape) {
    for (const auto& one : candidates) order_.push_back(&one);
    std::ranges::stable_sort(order_, {}, [](const Candidate* one) { return one->standing; });
    is_in_.resize(order_.size());
  }

  Placement run(const Fragments& wanted) {
    fill(wanted.count());
    Placement made;
    for (unsigned fragment = 0; fragment < shape_.fragments(); ++fragment) {
      if (!wanted.test(fragment)) continue;
      Holder* const holder = best_for(fragment);
      if (holder == nullptr) {
        made.homeless.push_back(fragment);
        continue;
      }
      made.choices.push_back({fragment, holder->candidate->id, holder->reason});
      holder->kept.set(fragment);
      holder->free_bytes -= shape_.fragment_bytes();
      ++holder->count;
    }
    std::map<dht::Network, std::size_t> in_network;
    for (const auto& holder : pool_) {
      if (holder.count == 0) continue;
      ++made.holders;
      for (const auto& network : holder.candidate->networks)
        if (++in_network[network] > holders_per_network_max) made.breaks_diversity = true;
    }
    return made;
  }

 private:
  void fill(std::size_t wanted) {
    for (std::size_t i = 0; i < order_.size(); ++i)
      if (order_[i]->kept.any()) take(i, Reason::keeps_others);
    // Some of them may keep the same.
    const auto enough = pool_.size() + wanted;
    // A block of addresses that is gone takes one fragment with it, then, and not two.
    for (const std::size_t others : {std::size_t{0}, holders_per_network_max - 1}) {
      take_while(enough, Reason::is_preferred,
                 [&](const Candidate& one) { return has_room(one) && !is_crowded(one, others); });
    }
    take_while(holders_min, Reason::of_too_few,
               [&](const Candidate& one) { return has_room(one); });
  }

  template <class MayBe>
  void take_while(std::size_t enough, Reason reason, const MayBe& may_be) {
    for (std::size_t i = 0; i < order_.size() && pool_.size() < enough; ++i)
      if (!is_in_[i] && may_be(*order_[i])) take(i, reason);
  }

  void take(std::size_t i, Reason reason) {
    const Candidate& one = *order_[i];
    is_in_[i] = true;
    pool_.push_back({&one, one.kept.count(), one.free_bytes, one.kept, reason});
    for (const auto& network : one.networks) ++in_network_[network];
  }

  bool has_room(const Candidate& one) const { return one.free_bytes >= shape_.fragment_bytes(); }
  // More holders than that are in one of its networks.
  bool is_crowded(const Candidate& one, std::size_t others) const {
    return std::ranges::any_of(one.networks, [&](const dht::Network& network) {
      const auto at = in_network_.find(network);
      return at != in_network_.end() && at->second > others;
    });
  }

  // Whoever has fewest, the first of them. A second copy of a whole pack would vanish with the
  // first.
  Holder* best_for(unsigned fragment) {
    Holder* best = nullptr;
    for (auto& holder : pool_) {
      const bool has_enough = shape_.tier() == erasure::Tier::copies && holder.count > 0;
      if (has_enough || holder.kept.test(fragment) || holder.free_bytes < shape_.fragment_bytes())
        continue;
      if (best == nullptr || holder.count < best->count) best = &holder;
    }
    return best;
  }

  const erasure::Shape& shape_;
  std::vector<const Candidate*> order_;
  std::vector<bool> is_in_;
  std::vector<Holder> pool_;
  std::map<dht::Network, std::size_t> in_network_;
};

}  // namespace

std::string_view explain(Reason reason) {
  switch (reason) {
    case Reason::keeps_others: return "keeps others of this tessera already";
    case Reason::is_preferred: return "comes first by standing and distance";
    case Reason::of_too_few:
      return "shares a network with two holders, but there are too few others";
  }
  ASSERT(false);
  return {};
}

Placement place(const erasure::Shape& shape, const Fragments& wanted,
                std::span<const Candidate> candidates) {
  return Placing(shape, candidates).run(wanted);
}

}  // namespace tesseras::replica
