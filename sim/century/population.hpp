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
  int reasons_to_be_off = 0;
  Time dies_at = 0;
  std::vector<Kept> kept;  // that it says it keeps

  std::unique_ptr<upkeep::AuditRecord> record = std::make_unique<upkeep::AuditRecord>();
  std::optional<upkeep::LastAsked> last_asked;
  bool is_audit_due = false;  // an event is on its way
  upkeep::Presence presence = upkeep::Presence::live;

  bool is_online() const { return is_alive && reasons_to_be_off == 0; }
  bool is_honest() const { return honesty == Honesty::honest; }
};

// Two fifths of all nodes are in large blocks of addresses.
inline constexpr unsigned large_blocks = 16;
inline constexpr unsigned small_blocks = 250;

// The node's number is in its id, so that it is found again.
Node make_node(std::uint32_t number, Time now, unsigned mean_life_days, unsigned liars_percent,
               bool has_networks, runtime::Prng& dice);
std::uint32_t number_of(const dht::NodeId& id);

// Days until something happens whose chance is one in `mean` each day.
Time days_until(unsigned mean, runtime::Prng& dice);

}  // namespace tesseras::century
