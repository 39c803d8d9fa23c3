#include "preserve/upkeep/assessment.hpp"

#include "foundation/base/assert.hpp"

namespace tesseras::upkeep {
namespace {

// What may be left above what is enough: from `spare` on down it is in need, from `urgent` on down
// others are not waited for.
struct Threshold {
  unsigned spare;
  unsigned urgent;
};

Threshold threshold_of(erasure::Tier tier) {
  switch (tier) {
    case erasure::Tier::copies: return {4, 1};
    case erasure::Tier::medium: return {4, 1};
    case erasure::Tier::large: return {9, 3};
  }
  ASSERT(false);
  return {};
}

// The many fragments of a large code can lose a few more before it matters; the others cannot wait.
bool waits_for_the_late(erasure::Tier tier) { return tier == erasure::Tier::large; }

struct Left {
  unsigned counted = 0;
  unsigned at_hand = 0;
  Fragments missing;
};

Left left_of_code(const Situation& now) {
  const bool waits = waits_for_the_late(now.shape.tier());
  Fragments counted = now.kept_here, at_hand = now.kept_here;
  for (const auto& one : now.holders) {
    counted |= one.live | one.away;
    if (waits) counted |= one.late;
    at_hand |= one.live;
  }
  Left left{static_cast<unsigned>(counted.count()), static_cast<unsigned>(at_hand.count()), {}};
  for (unsigned i = 0; i < now.shape.fragments(); ++i)
    if (!counted.test(i)) left.missing.set(i);
  return left;
}

// Each holder stands for one fragment, where it can for one that no other stands for.
Left left_of_copies(const Situation& now) {
  Left left;
  Fragments stood_for;
  const auto count = [&](const Fragments& kept, bool is_at_hand) {
    if (kept.none()) return;
    ++left.counted;
    left.at_hand += is_at_hand ? 1 : 0;
    for (unsigned i = 0; i < now.shape.fragments(); ++i) {
      if (!kept.test(i) || stood_for.test(i)) continue;
      stood_for.set(i);
      return;
    }
  };
  count(now.kept_here, true);
  for (const auto& one : now.holders) count(one.live | one.away, one.live.any());
  for (unsigned i = 0; i < now.shape.fragments(); ++i) {
    if (left.counted + left.missing.count() >= now.shape.fragments()) break;
    if (!stood_for.test(i)) left.missing.set(i);
  }
  return left;
}

}  // namespace

std::string_view explain(Verdict verdict) {
  switch (verdict) {
    case Verdict::healthy: return "is kept by enough holders";
    case Verdict::needs_replication: return "is kept by too few holders";
    case Verdict::corrupt_local: return "is damaged here";
  }
  ASSERT(false);
  return {};
}

Assessment assess(const Situation& situation) {
  const auto tier = situation.shape.tier();
  const auto threshold = threshold_of(tier);
  const auto left =
      tier == erasure::Tier::copies ? left_of_copies(situation) : left_of_code(situation);
  Assessment made;
  made.counted = left.counted;
  made.at_hand = left.at_hand;
  made.enough = situation.shape.data();
  made.corrupt_here = situation.corrupt_here;
  const unsigned spare = left.counted > made.enough ? left.counted - made.enough : 0;
  made.margin = 1000 * spare / threshold.spare;
  made.is_urgent = spare <= threshold.urgent;
  made.needs_replication =
      left.missing.any() && (spare <= threshold.spare || situation.is_under_repair);
  if (made.needs_replication) made.missing = left.missing;
  if (situation.corrupt_here.any()) {
    made.verdict = Verdict::corrupt_local;
  } else if (made.needs_replication) {
    made.verdict = Verdict::needs_replication;
  }
  return made;
}

}  // namespace tesseras::upkeep
