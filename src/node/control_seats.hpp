// Who gets a place among the connections of the control socket (spec/control.md), so that nobody's
// idle connections keep anybody out, not even himself.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "foundation/base/time.hpp"

namespace tesseras::node {

struct ControlSeatLimits {
  // A person and some scripts; more at once is a mistake.
  static constexpr std::size_t of_one_user_max = 32;
  // Of all users together but root and the daemon's own, who is served however many others come.
  static constexpr std::size_t of_guests_max = 64;
};

struct ControlSeat {
  std::uint32_t user = 0;                   // the system's number
  std::optional<base::Instant> idle_since;  // nullopt: a request is under way
};

// What becomes of somebody who comes.
struct ControlSeating {
  bool is_let_in = false;
  std::optional<std::size_t> leaves;  // which of those that were there goes for it
};

// Whether one more connection of `newcomer` is let in. Where he has as many as one may, the longest
// idle of them goes; where the guests have as many as they may, the longest idle one of whoever of
// them holds the most, of those who have an idle one. Requests under way are never broken off for
// another: when all are under way, the newcomer is turned away. `owner` is whose the daemon is.
ControlSeating seat_for(std::uint32_t newcomer, std::uint32_t owner,
                        std::span<const ControlSeat> taken);

}  // namespace tesseras::node
