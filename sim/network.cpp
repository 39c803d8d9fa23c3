#include "sim/network.hpp"

#include <algorithm>
#include <array>
#include <cstring>

namespace tesseras::sim {
namespace {

constexpr std::uint64_t million = 1'000'000;
constexpr std::uint64_t nanoseconds_per_second = 1'000'000'000;

// What `size_bytes` take at a rate; exact enough, and without overflow below 18 GB.
base::nanoseconds time_of(std::uint64_t size_bytes, std::uint64_t bytes_per_second) {
  return base::nanoseconds(
      static_cast<std::int64_t>(size_bytes * nanoseconds_per_second / bytes_per_second));
}

std::uint64_t bytes_in(base::nanoseconds span, std::uint64_t bytes_per_second) {
  return static_cast<std::uint64_t>(span.count()) / 1000 * bytes_per_second / million;
}

}  // namespace

void Network::set_link(const IpAddress& from, const IpAddress& to, const Link& link) {
  links_[{from, to}] = link;
  busy_until_.erase({from, to});
}

void Network::heal_all() {
  cuts_.clear();
  groups_.clear();
}

std::uint32_t Network::group_of(const IpAddress& address) const {
  const auto found = groups_.find(address);
  return found == groups_.end() ? 0 : found->second;
}

bool Network::is_open(const IpAddress& from, const IpAddress& to) const {
  return !cuts_.contains({from, to}) && group_of(from) == group_of(to);
}

std::optional<base::Instant> Network::arrival(const IpAddress& from, const IpAddress& to,
                                              std::size_t size_bytes, base::Instant now) {
  const Way way{from, to};
  const auto arrives = decide(way, size_bytes, now);
  note(way, size_bytes, now, arrives);
  return arrives;
}

void Network::note(const Way& way, std::size_t size_bytes, base::Instant now,
                   std::optional<base::Instant> arrives) {
  std::array<std::uint64_t, 7> words{};
  std::memcpy(words.data(), way.first.bytes.data(), way.first.bytes.size());
  std::memcpy(words.data() + 2, way.second.bytes.data(), way.second.bytes.size());
  words[4] = size_bytes;
  words[5] = static_cast<std::uint64_t>(now.nanoseconds_since_start);
  words[6] =
      static_cast<std::uint64_t>(arrives.value_or(base::Instant{-1}).nanoseconds_since_start);
  for (const auto word : words) digest_ = runtime::Prng(digest_ ^ word).next();
}

std::optional<base::Instant> Network::decide(const Way& way, std::size_t size_bytes,
                                             base::Instant now) {
  const auto own = links_.find(way);
  const Link& link = own == links_.end() ? usual_ : own->second;
  // Both are drawn each time: whether a link is cut must not change what becomes of the others.
  const std::uint64_t fate = dice_.below(million);
  const auto more = base::nanoseconds(
      static_cast<std::int64_t>(dice_.below(static_cast<std::uint64_t>(link.jitter.count()) + 1)));
  if (!is_open(way.first, way.second) || fate < link.loss_ppm) return std::nullopt;
  base::Instant leaves = now;
  if (link.bytes_per_second != 0) {
    auto& busy_until = busy_until_[way];
    busy_until = std::max(busy_until, now);
    if (bytes_in(busy_until - now, link.bytes_per_second) + size_bytes > link.queue_bytes_max)
      return std::nullopt;
    busy_until = busy_until + time_of(size_bytes, link.bytes_per_second);
    leaves = busy_until;
  }
  return leaves + link.delay + more;
}

}  // namespace tesseras::sim
