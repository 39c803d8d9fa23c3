#include "preserve/release/agreed_time.hpp"

#include <algorithm>
#include <vector>

#include "preserve/release/limits.hpp"

namespace tesseras::release {

using base::Code;
using base::fail;

base::Result<base::WallTime> agreed_time(base::WallTime own, const Clocks& peers) {
  if (peers.size() < Limits::clocks_min) {
    return fail(
        Code::unavailable,
        "the clocks of {} networks could be asked, and {} are needed to be sure of the date",
        peers.size(), Limits::clocks_min);
  }
  std::vector<base::WallTime> times;
  times.reserve(peers.size());
  for (const auto& [network, time] : peers) times.push_back(time);
  std::ranges::sort(times);
  // Of an even number the lower one of both in the middle: nothing is early for it.
  const auto median = times[(times.size() - 1) / 2];
  constexpr std::chrono::seconds most = Limits::clocks_differ_max;
  const auto difference = own.unix_seconds - median.unix_seconds;
  if (difference > most.count() || difference < -most.count()) {
    return fail(
        Code::conflict,
        "this clock says {}, and those of most others {}; nothing is opened until they agree",
        base::to_rfc3339({own.unix_seconds, 0}), base::to_rfc3339({median.unix_seconds, 0}));
  }
  return own;
}

}  // namespace tesseras::release
