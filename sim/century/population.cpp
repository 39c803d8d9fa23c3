#include "sim/century/population.hpp"

#include <algorithm>
#include <array>
#include <queue>

#include "foundation/base/assert.hpp"

namespace tesseras::century {
namespace {

constexpr std::size_t number_at = dht::NodeId::size_bytes - 4;
constexpr std::size_t place_at = dht::Limits::proof_zero_bits / 8;

constexpr unsigned short_outage_days = 30;
constexpr unsigned long_outage_days = 365;
constexpr Time night = 8 * hour;

void fill(base::MutableByteSpan into, runtime::Prng& dice) {
  for (auto& one : into) one = static_cast<std::byte>(dice.next() >> 56U);
}

dht::Network network_of(unsigned block) {
  const auto address = runtime::IpAddress::v4(20, static_cast<std::uint8_t>(block / 256),
                                              static_cast<std::uint8_t>(block % 256), 1);
  return dht::network_of({address, 4433});
}

}  // namespace

Time days_until(unsigned mean, runtime::Prng& dice) {
  Time days = 0;
  while (dice.below(mean) != 0) ++days;
  return days * day + static_cast<Time>(dice.below(day));
}

std::uint32_t number_of(const dht::NodeId& id) {
  std::uint32_t number = 0;
  for (std::size_t i = 0; i < 4; ++i)
    number = number << 8U | std::to_integer<std::uint32_t>(id.bytes.at(number_at + i));
  return number;
}

upkeep::Finding Node::asked() const {
  using upkeep::Finding;
  if (!is_online()) return Finding::offline;
  switch (honesty) {
    case Honesty::honest: return Finding::proved;
    case Honesty::forges: return Finding::lied;
    case Honesty::denies: return Finding::not_kept;
    case Honesty::mute: return Finding::silent;
  }
  ASSERT(false);
  return {};
}

Node make_node(std::uint32_t number, Time now, unsigned mean_life_days, unsigned liars_percent,
               bool has_networks, runtime::Prng& dice) {
  Node node;
  fill(node.key.bytes, dice);
  fill(node.id.bytes, dice);
  for (std::size_t i = 0; i < place_at; ++i) node.id.bytes.at(i) = std::byte{0};
  for (std::size_t i = 0; i < 8; ++i)
    node.place = node.place << 8U | std::to_integer<std::uint64_t>(node.id.bytes.at(place_at + i));
  for (std::size_t i = 0; i < 4; ++i)
    node.id.bytes.at(number_at + i) = static_cast<std::byte>(number >> (24U - 8U * i));
  node.block = dice.below(10) < 4 ? static_cast<unsigned>(dice.below(large_blocks))
                                  : large_blocks + static_cast<unsigned>(dice.below(small_blocks));
  if (has_networks) node.networks.push_back(network_of(node.block));
  constexpr std::array kinds = {Honesty::forges, Honesty::denies, Honesty::mute};
  if (dice.below(100) < liars_percent) node.honesty = kinds.at(dice.below(kinds.size()));
  node.is_home = node.is_honest() && node.block >= large_blocks;
  node.dies_at = now + days_until(mean_life_days, dice);
  return node;
}

std::vector<Outage> outages_of(const Node& node, Time born, Time end, runtime::Prng& dice) {
  std::vector<Outage> all;
  if (!node.is_honest()) return all;
  end = std::min(end, node.dies_at);
  const auto now_and_then = [&](unsigned mean_days, Time least, Time spread) {
    for (Time from = born + days_until(mean_days, dice); from < end;) {
      const Time until =
          from + least + static_cast<Time>(dice.below(static_cast<std::uint64_t>(spread)));
      all.push_back({from, until});
      from = until + days_until(mean_days, dice);
    }
  };
  now_and_then(short_outage_days, hour, 24 * hour);
  if (node.is_home) {
    now_and_then(long_outage_days, 3 * day, 8 * day);
    for (Time from = born + static_cast<Time>(dice.below(day)); from < end; from += day)
      all.push_back({from, from + night});
  }
  std::ranges::sort(all);
  std::vector<Outage> apart;
  for (const auto& one : all) {
    if (!apart.empty() && one.from <= apart.back().until)
      apart.back().until = std::max(apart.back().until, one.until);
    else
      apart.push_back(one);
  }
  for (auto& one : apart) one.until = std::min(one.until, end);
  return apart;
}

Fate make_fate(std::uint32_t number, Time born, Time end, const Habits& habits) {
  runtime::Prng dice(runtime::Prng(habits.seed).next() ^ number);
  Fate fate{born,
            make_node(number, born, habits.mean_life_days, habits.liars_percent,
                      habits.has_networks, dice),
            {}};
  fate.off = outages_of(fate.node, born, end, dice);
  return fate;
}

std::vector<Fate> make_fates(unsigned nodes, Time end, const Habits& habits) {
  std::vector<Fate> fates;
  using Death = std::pair<Time, std::uint32_t>;
  std::priority_queue<Death, std::vector<Death>, std::greater<>> deaths;
  const auto come = [&](Time born) {
    const auto number = static_cast<std::uint32_t>(fates.size());
    fates.push_back(make_fate(number, born, end, habits));
    deaths.emplace(fates.back().node.dies_at, number);
  };
  for (unsigned i = 0; i < nodes; ++i) come(0);
  for (; deaths.top().first < end; deaths.pop()) come(deaths.top().first);
  return fates;
}

}  // namespace tesseras::century
