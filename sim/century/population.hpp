// The nodes of a century: who they are, when they are off, and when they are gone for ever. What
// they decide is not here.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "foundation/runtime/prng.hpp"
#include "preserve/dht/address_policy.hpp"
#include "preserve/dht/node_id.hpp"
#include "preserve/upkeep/audit_record.hpp"
#include "preserve/upkeep/audit_schedule.hpp"
#include "sim/century/disk.hpp"

namespace tesseras::century {

// Seconds since the beginning.
using Time = std::int64_t;
inline constexpr Time hour = 3600;
inline constexpr Time day = 24 * hour;

// When the century begins.
inline constexpr base::WallTime beginning{1'800'000'000, 0};
inline base::WallTime wall(Time at) { return {beginning.unix_seconds + at, 0}; }

enum class Honesty : std::uint8_t {
  honest,
  forges,  // keeps nothing, and gives anything for a proof
  denies,  // keeps nothing, and says so when asked
  mute,    // keeps nothing, and answers no audit
};

struct Kept {
  std::uint32_t tessera = 0;
  std::uint8_t fragment = 0;
  Brought by;

  auto operator<=>(const Kept&) const = default;
};

struct Node {
  dht::NodeId id;
  dht::NodePublicKey key;
  std::uint64_t place = 0;  // of the id, without the bits that are the same for all
  std::vector<dht::Network> networks;
  unsigned block = 0;
  Honesty honesty = Honesty::honest;
  bool is_home = false;  // off at night
  bool is_alive = true;
  bool is_off = false;
  Time dies_at = 0;
  std::vector<Kept> kept;  // that it says it keeps
  Disk disk;

  std::unique_ptr<upkeep::AuditRecord> record = std::make_unique<upkeep::AuditRecord>();
  std::optional<upkeep::LastAsked> last_asked;
  bool is_audit_due = false;  // an event is on its way
  upkeep::Presence presence = upkeep::Presence::live;

  bool is_online() const { return is_alive && !is_off; }
  bool is_honest() const { return honesty == Honesty::honest; }
  // What comes of asking it for a proof now.
  upkeep::Finding asked() const;
};

// What is looked at all the time, of all that were ever there, side by side.
struct Glance {
  std::uint64_t place = 0;
  upkeep::Presence presence = upkeep::Presence::live;
  bool is_honest = false;
  bool is_alive = false;
  bool is_online = false;
};
inline Glance glance_at(const Node& node) {
  return {node.place, node.presence, node.is_honest(), node.is_alive, node.is_online()};
}

// Two fifths of all nodes are in large blocks of addresses.
inline constexpr unsigned large_blocks = 16;
inline constexpr unsigned small_blocks = 250;

// The node's number is in its id, so that it is found again.
Node make_node(std::uint32_t number, Time now, unsigned mean_life_days, unsigned liars_percent,
               bool has_networks, runtime::Prng& dice);
std::uint32_t number_of(const dht::NodeId& id);

// From then, up to then.
struct Outage {
  Time from = 0;
  Time until = 0;

  auto operator<=>(const Outage&) const = default;
};

// When an honest node that came at `born` is off, in order and apart from one another, until it
// dies or `end`: for hours now and then, and as homes are at night and for more than a week once a
// year. Liars want to be found good, and are always there.
std::vector<Outage> outages_of(const Node& node, Time born, Time end, runtime::Prng& dice);

// How long nodes live, and how many lie.
struct Habits {
  std::uint64_t seed = 1;
  unsigned mean_life_days = 300;
  unsigned liars_percent = 10;
  bool has_networks = true;
};

// What becomes of one that comes at `born`, up to `end`: the same for the same seed and number,
// whatever else happens.
struct Fate {
  Time born = 0;
  Node node;
  std::vector<Outage> off;
};
Fate make_fate(std::uint32_t number, Time born, Time end, const Habits& habits);
// Of so many at any time: who dies is followed by another. In the order of their coming, and the
// number of each is its place.
std::vector<Fate> make_fates(unsigned nodes, Time end, const Habits& habits);

// Days until something happens whose chance is one in `mean` each day.
Time days_until(unsigned mean, runtime::Prng& dice);

}  // namespace tesseras::century
