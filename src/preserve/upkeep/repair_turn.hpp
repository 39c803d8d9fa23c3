// Which of the holders of a plan repairs it, without asking one another (spec/repair.md, section
// 3). Pure.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>

#include "foundation/base/time.hpp"
#include "preserve/upkeep/assessment.hpp"

namespace tesseras::upkeep {

// Between one holder's turn and the next one's. What a repair is made of may have to be got from
// homes that are off at night.
inline constexpr std::chrono::hours turn_step{4};
inline constexpr std::chrono::hours urgent_turn_step{2};

// That others work is believed no longer than that, where nothing comes of it: a holder that gets
// fragments and makes none would keep everybody from repairing.
inline constexpr std::chrono::hours others_wait_max{24};

// That a plan is in need, as this node has seen it.
struct Need {
  base::Instant since;     // first seen, or somebody went on with it
  unsigned counted = 0;    // what was left then
  base::Instant progress;  // first seen, or more counted than before

  bool operator==(const Need&) const = default;
};

// From what was known before; nullopt: it is not in need. Whoever assesses next says that it is
// under repair when there is one. `others_work`: since the last time another holder has got a
// fragment of it from us, as only who repairs does.
std::optional<Need> follow(const std::optional<Need>& before, const Assessment& assessment,
                           base::Instant now, bool others_work = false);

struct Turn {
  unsigned rank = 0;                 // how many holders come before us
  std::chrono::nanoseconds after{};  // the need was seen

  bool operator==(const Turn&) const = default;
};

// Ours, among `holders`, of which those with something live count; we are not among them. `seed`
// is random, and the same for as long as the need is.
Turn turn_of(const dht::NodeId& self, const dht::Key& key, std::span<const Holder> holders,
             bool is_urgent, std::uint64_t seed);

// When we begin, if the need is still there.
base::Instant begins_at(const Need& need, const Turn& turn);

}  // namespace tesseras::upkeep
