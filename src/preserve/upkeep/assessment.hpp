// What is left of a plan, and whether that is enough (spec/repair.md, sections 1 and 2). Pure.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "preserve/dht/node_id.hpp"
#include "preserve/erasure/shape.hpp"
#include "preserve/replica/placement.hpp"

namespace tesseras::upkeep {

using replica::Fragments;

// Another node, and what it keeps of a plan, as far as that counts (Presence): what is lost is in
// neither.
struct Holder {
  dht::NodeId id;
  Fragments live;
  Fragments away;
  Fragments late;
};

// All that is known of a plan.
struct Situation {
  erasure::Shape shape;
  Fragments kept_here;
  Fragments corrupt_here;  // in quarantine
  std::span<const Holder> holders;
  // The need was seen, and not all fragments have counted since.
  bool is_under_repair = false;
};

enum class Verdict : std::uint8_t {
  healthy,
  needs_replication,
  corrupt_local,  // and it may need replication, too
};
// A part of a sentence about a tessera.
std::string_view explain(Verdict verdict);

struct Assessment {
  Verdict verdict = Verdict::healthy;
  unsigned counted = 0;  // fragments, or copies with different holders
  unsigned at_hand = 0;  // of them, those that can be got now
  unsigned enough = 0;   // to rebuild all
  // Above what is enough, in parts of a thousand of the threshold: 1000 or less is in need.
  unsigned margin = 0;
  bool is_urgent = false;
  bool needs_replication = false;
  Fragments missing;  // to be made again and placed, when it needs replication
  Fragments corrupt_here;

  bool can_be_rebuilt() const { return at_hand >= enough; }
};

Assessment assess(const Situation& situation);

}  // namespace tesseras::upkeep
