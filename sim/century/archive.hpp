// The tesserae of a century: who says to keep what of them, and what is decided about them.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "foundation/runtime/prng.hpp"
#include "preserve/erasure/shape.hpp"
#include "preserve/upkeep/repair_turn.hpp"
#include "sim/century/century.hpp"
#include "sim/century/population.hpp"

namespace tesseras::century {

struct Entry {
  std::uint32_t node = 0;
  std::uint8_t fragment = 0;
};

// A repair that is under way.
struct Work {
  std::uint32_t node = 0;
  upkeep::Fragments got;
};

struct Tessera {
  erasure::Shape shape{erasure::Tier::copies, 1};
  std::uint64_t place = 0;  // of its key
  dht::Key key;
  std::vector<Entry> entries;
  std::optional<upkeep::Need> need;
  std::vector<Work> works;     // of those whose turn has come
  bool is_repair_due = false;  // an event is on its way
  bool is_lost = false;
};

base::PlanId plan_of(std::uint32_t tessera);

// `shape_of` null: three of five are copies, one of ten is large.
Tessera make_tessera(std::uint32_t number,
                     const std::function<erasure::Shape(std::uint32_t)>& shape_of,
                     runtime::Prng& dice);

class Archive {
 public:
  Archive(const Options& options, std::vector<Node>& nodes) : options_(options), nodes_(nodes) {}

  // How far an entry counts, for all who ask.
  upkeep::Presence presence(std::uint32_t tessera, const Entry& entry) const;
  // As others see it; good until the next call.
  upkeep::Assessment assess(std::uint32_t tessera);
  const std::vector<upkeep::Holder>& holders() const { return holders_; }
  // The nearest of those who count as live, as many.
  std::vector<std::uint32_t> nearest_live(std::uint32_t tessera, std::size_t count) const;
  // Different fragments that are there in fact.
  unsigned whole(std::uint32_t tessera) const;
  // Gets what can be got now and is needed still. How many that were.
  unsigned gather(std::uint32_t tessera, Work& into) const;

  // Finds holders for these, among those who are online in `alive`. How many got one.
  std::size_t give(std::uint32_t tessera, const upkeep::Fragments& missing,
                   const std::vector<std::uint32_t>& alive, base::WallTime now,
                   std::vector<std::uint32_t>& receivers);
  // That node is none of its holders any more.
  void forget(std::uint32_t tessera, std::uint32_t node, std::uint8_t fragment);

  std::vector<Tessera> tesserae;

 private:
  std::vector<replica::Candidate> candidates(const Tessera& of,
                                             const std::vector<std::uint32_t>& alive,
                                             base::WallTime now);

  const Options& options_;
  std::vector<Node>& nodes_;
  std::vector<upkeep::Holder> holders_;
  std::vector<std::pair<std::uint64_t, std::uint32_t>> by_distance_;
};

}  // namespace tesseras::century
