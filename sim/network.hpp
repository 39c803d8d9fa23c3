// What becomes of a datagram: lost, or there at a certain moment. Pure but for its own dice, so
// that one seed gives one history.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "foundation/base/time.hpp"
#include "foundation/runtime/endpoint.hpp"
#include "foundation/runtime/prng.hpp"

namespace tesseras::sim {

using runtime::IpAddress;

// Of what goes one way between two addresses.
struct Link {
  base::nanoseconds delay = std::chrono::milliseconds(20);
  base::nanoseconds jitter{0};         // up to so much more, each datagram anew: they overtake
  std::uint32_t loss_ppm = 0;          // of a million, how many are lost
  std::uint64_t bytes_per_second = 0;  // 0: no limit
  std::uint64_t queue_bytes_max = 256 << 10;  // what waits for its turn; what is more is lost
};

class Network {
 public:
  explicit Network(std::uint64_t seed) : dice_(seed) {}

  // For all that have no conditions of their own.
  void set_usual(const Link& link) { usual_ = link; }
  // One way.
  void set_link(const IpAddress& from, const IpAddress& to, const Link& link);
  // One way; nothing passes until it is healed.
  void cut(const IpAddress& from, const IpAddress& to) { cuts_.insert({from, to}); }
  void heal(const IpAddress& from, const IpAddress& to) { cuts_.erase({from, to}); }
  // Addresses of different groups hear nothing of one another; a new address is in group 0.
  void set_group(const IpAddress& address, std::uint32_t group) { groups_[address] = group; }
  void heal_all();

  // When a datagram that is sent at `now` comes; nullopt: never.
  std::optional<base::Instant> arrival(const IpAddress& from, const IpAddress& to,
                                       std::size_t size_bytes, base::Instant now);

  // Of all that was sent so far: when, from whom, to whom, how much, and what became of it. Two
  // runs with the same digest had the same history.
  std::uint64_t digest() const { return digest_; }

 private:
  using Way = std::pair<IpAddress, IpAddress>;

  std::optional<base::Instant> decide(const Way& way, std::size_t size_bytes, base::Instant now);
  bool is_open(const IpAddress& from, const IpAddress& to) const;
  std::uint32_t group_of(const IpAddress& address) const;

  void note(const Way& way, std::size_t size_bytes, base::Instant now,
            std::optional<base::Instant> arrives);

  runtime::Prng dice_;
  std::uint64_t digest_ = 0;
  Link usual_;
  std::map<Way, Link> links_;
  std::map<Way, base::Instant> busy_until_;  // of those with a rate
  std::set<Way> cuts_;
  std::map<IpAddress, std::uint32_t> groups_;
};

}  // namespace tesseras::sim
