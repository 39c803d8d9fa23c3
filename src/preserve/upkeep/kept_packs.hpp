// What a repair was made of, kept for a while: what goes missing in that time is given again
// without getting it all anew (spec/repair.md, section 3). On one thread, and without I/O.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "foundation/base/strong_id.hpp"
#include "foundation/base/time.hpp"
#include "preserve/erasure/shape.hpp"
#include "preserve/replica/pack_fragments.hpp"

namespace tesseras::upkeep {

inline constexpr std::chrono::days pack_time{16};

// Whether there is anything to gain: a copy is all that its holder needs.
inline bool is_worth_keeping(erasure::Tier tier) { return tier != erasure::Tier::copies; }

class KeptPacks {
 public:
  using Pack = std::shared_ptr<const replica::PackFragments>;
  struct Gone {
    base::PlanId plan;
    Pack pack;  // dropping it removes files
  };

  // So many bytes on the disk at most.
  explicit KeptPacks(std::uint64_t bytes_max) : bytes_max_(bytes_max) {}

  // It takes so many bytes. For pack_time from now, or until others need the room. Null: its files
  // are there since an earlier run, and nobody has opened them yet.
  void keep(const base::PlanId& plan, Pack pack, std::uint64_t bytes, base::Instant now);
  // They are open now; its time is what it was. It is kept.
  void opened(const base::PlanId& plan, Pack pack);
  // Null: it is not kept, or not opened.
  Pack find(const base::PlanId& plan) const;
  bool has(const base::PlanId& plan) const { return packs_.contains(plan); }
  std::uint64_t bytes() const;

  // Those whose time is over, that had to make room, or that are not wanted any longer: their files
  // may go. Each is told once.
  std::vector<Gone> take_gone(base::Instant now,
                              const std::function<bool(const base::PlanId&)>& is_wanted);

 private:
  struct Kept {
    Pack pack;
    std::uint64_t bytes = 0;
    base::Instant until;
  };

  std::uint64_t bytes_max_;
  std::map<base::PlanId, Kept> packs_;
  std::vector<Gone> gone_;
};

}  // namespace tesseras::upkeep
