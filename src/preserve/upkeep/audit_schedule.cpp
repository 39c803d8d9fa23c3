#include "preserve/upkeep/audit_schedule.hpp"

#include <algorithm>
#include <functional>

#include "foundation/runtime/prng.hpp"

namespace tesseras::upkeep {

using base::WallTime;
using std::chrono::seconds;

namespace {

// Which round a time is in.
std::int64_t round_at(WallTime time, seconds round) {
  const auto rest = time.unix_seconds % round.count();
  return (time.unix_seconds - (rest < 0 ? rest + round.count() : rest)) / round.count();
}

// The peer's moment in that round.
WallTime moment_in(std::int64_t number, const dht::NodePublicKey& peer, seconds round,
                   std::uint64_t seed) {
  runtime::Prng of_peer(seed ^ std::hash<dht::NodePublicKey>{}(peer));
  runtime::Prng prng(of_peer.next() + static_cast<std::uint64_t>(number));
  const auto offset = prng.below(static_cast<std::uint64_t>(round.count()));
  return {number * round.count() + static_cast<std::int64_t>(offset), 0};
}

}  // namespace

seconds round_time_for(std::size_t peers) {
  constexpr auto most = static_cast<std::int64_t>(peers_per_round_max);
  const auto count = static_cast<std::int64_t>(peers);
  return count <= most ? seconds(round_time) : seconds(round_time) * count / most;
}

WallTime next_audit(const dht::NodePublicKey& peer, const std::optional<LastAsked>& last,
                    WallTime now, seconds round, std::uint64_t seed) {
  const auto current = round_at(now, round);
  // A clock that went back: what it said before tells nothing.
  if (!last || last->at > now) return moment_in(current, peer, round, seed);
  if (!last->has_answered) return {last->at.unix_seconds + seconds(retry_time).count(), 0};
  const auto moment = moment_in(current, peer, round, seed);
  if (round_at(last->at, round) < current) return moment;
  return moment_in(current + 1, peer, round, seed);
}

WallTime audit_after_gift(const dht::NodePublicKey& peer, WallTime given_at, std::uint64_t seed) {
  runtime::Prng prng(seed ^ std::hash<dht::NodePublicKey>{}(peer) ^
                     static_cast<std::uint64_t>(given_at.unix_seconds));
  const auto end = static_cast<std::uint64_t>(seconds(gift_time).count());
  return {given_at.unix_seconds + static_cast<std::int64_t>(prng.below(end)), 0};
}

std::vector<dht::NodePublicKey> in_turn(const std::set<dht::NodePublicKey>& peers,
                                        const std::optional<dht::NodePublicKey>& last) {
  const auto first = last ? peers.upper_bound(*last) : peers.begin();
  std::vector<dht::NodePublicKey> all(first, peers.end());
  all.insert(all.end(), peers.begin(), first);
  return all;
}

}  // namespace tesseras::upkeep
