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
  bool is_rotten = false;  // and nobody knows it yet
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
  std::uint32_t pack_at = 0;   // who has made it again has all of it
  Time pack_until = 0;         // until then
  bool is_giving_due = false;  // an event is on its way: whoever has the pack looks again
  bool is_rot_due = false;     // and so is one that finds what has rotted
};

base::PlanId plan_of(std::uint32_t tessera);

// `shape_of` null: three of five are copies, one of ten is large.
Tessera make_tessera(std::uint32_t number,
                     const std::function<erasure::Shape(std::uint32_t)>& shape_of,
                     runtime::Prng& dice);

class Archive {
 public:
  // A glance for each node; both outlive it.
  Archive(std::vector<Node>& nodes, std::vector<Glance>& glances)
      : nodes_(nodes), glances_(glances) {}

  // Who may be given something, as long as they are alive.
  void arrives(std::uint32_t node);
  void departs(std::uint32_t node);
  // All of them, by their places.
  const std::vector<std::pair<std::uint64_t, std::uint32_t>>& alive() const { return alive_; }

  // How far an entry counts, for all who ask.
  upkeep::Presence presence(std::uint32_t tessera, const Entry& entry) const;
  // As others see it, and `has_pack` as who can give anew at once. Of a code it does not matter who
  // keeps what, so for that all are one holder.
  upkeep::Assessment assess(std::uint32_t tessera, bool has_pack = false);
  // Those with something live, for whose turn it is; good until the next call of anything here.
  const std::vector<upkeep::Holder>& live_holders(std::uint32_t tessera);
  // The nearest of those who count as live, as many.
  std::vector<std::uint32_t> nearest_live(std::uint32_t tessera, std::size_t count) const;
  // Different fragments that are there in fact.
  unsigned whole(std::uint32_t tessera) const;
  // Gets what can be got now and is needed still. How many that were.
  unsigned gather(std::uint32_t tessera, Work& into) const;

  // Finds holders for these, among those who are online. How many got one.
  std::size_t give(std::uint32_t tessera, const upkeep::Fragments& missing, const Brought& by,
                   base::WallTime now, std::vector<std::uint32_t>& receivers);
  // That node is none of its holders any more.
  void forget(std::uint32_t tessera, std::uint32_t node, std::uint8_t fragment);

  std::vector<Tessera> tesserae;

 private:
  void add_candidate(std::uint32_t node, std::uint64_t free_bytes);
  std::uint64_t room_of(std::uint32_t node, const Tessera& of, const Brought& by,
                        base::WallTime now) const;
  void find_candidates(std::uint32_t tessera, std::size_t missing, const Brought& by,
                       base::WallTime now);
  template <class Visit>
  bool visit_nearest(std::uint64_t place, std::size_t begin, std::size_t end, unsigned bit,
                     const Visit& visit) const;

  std::vector<Node>& nodes_;
  std::vector<Glance>& glances_;
  std::vector<std::pair<std::uint64_t, std::uint32_t>> alive_;
  std::vector<upkeep::Holder> holders_;
  std::vector<replica::Candidate> candidates_;  // the first of them, so that their memory stays
  std::size_t candidates_count_ = 0;
};

}  // namespace tesseras::century
