#include "node/control_seats.hpp"

#include <algorithm>

#include "foundation/runtime/own_folder.hpp"

namespace tesseras::node {

ControlSeating seat_for(std::uint32_t newcomer, std::uint32_t owner,
                        std::span<const ControlSeat> taken) {
  const auto is_guest = [&](std::uint32_t user) {
    return user != owner && user != runtime::root_user;
  };
  const auto count_of = [&](std::uint32_t user) {
    return static_cast<std::size_t>(std::ranges::count(taken, user, &ControlSeat::user));
  };
  const bool has_his_own = count_of(newcomer) >= ControlSeatLimits::of_one_user_max;
  const auto guests = std::ranges::count_if(taken, is_guest, &ControlSeat::user);
  const bool is_full =
      is_guest(newcomer) && static_cast<std::size_t>(guests) >= ControlSeatLimits::of_guests_max;
  if (!has_his_own && !is_full) return {.is_let_in = true, .leaves = std::nullopt};

  const auto may_leave = [&](const ControlSeat& seat) {
    return seat.idle_since && (has_his_own ? seat.user == newcomer : is_guest(seat.user));
  };
  std::optional<std::size_t> leaves;
  std::size_t most = 0;  // connections of the user whose seat that is
  for (std::size_t i = 0; i < taken.size(); ++i) {
    if (!may_leave(taken[i])) continue;
    const auto count = count_of(taken[i].user);
    const bool is_longer = leaves && taken[i].idle_since < taken[*leaves].idle_since;
    if (!leaves || count > most || (count == most && is_longer)) {
      leaves = i;
      most = count;
    }
  }
  return {.is_let_in = leaves.has_value(), .leaves = leaves};
}

}  // namespace tesseras::node
