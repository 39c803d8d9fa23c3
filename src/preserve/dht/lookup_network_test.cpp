// Lookups over networks of thousands of nodes, honest and not.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <set>

#include "preserve/dht/oracle_fixture.hpp"

namespace tesseras::dht {
namespace {

using Kind = Oracle::Kind;

struct Tally {
  std::size_t lookups = 0;
  std::size_t exact = 0;  // found all of the nearest k honest nodes
  std::size_t found = 0;  // found a pointer that another's lookup had published
  std::vector<std::size_t> hops;
  std::size_t asked = 0;
  std::chrono::nanoseconds longest{0};

  std::size_t hops_p50() {
    std::ranges::sort(hops);
    return hops.empty() ? 0 : hops[hops.size() / 2];
  }
};

// Those that would keep a pointer, and give it: the honest ones that were found, and the node
// itself.
std::set<NodeId> honest_of(const Oracle& oracle, const NodeId& from,
                           const Oracle::Outcome& outcome) {
  std::set<NodeId> ids = {from};
  for (const auto& one : outcome.result)
    if (oracle.is_honest(one.info.id)) ids.insert(one.info.id);
  return ids;
}

// Publishes from one honest node and looks for it from another, `count` times.
Tally run(Oracle& oracle, std::size_t count, const LookupOptions& options,
          const std::optional<Key>& key = {}) {
  Tally tally;
  for (std::size_t i = 0; i < count; ++i) {
    const Key target = key.value_or(oracle.some_key());
    const NodeId publisher = oracle.some_honest().id;
    const NodeId searcher = oracle.some_honest().id;
    const auto kept_by = honest_of(oracle, publisher, oracle.look_up(publisher, target, options));
    const auto searched = oracle.look_up(searcher, target, options);
    const auto asked = honest_of(oracle, searcher, searched);
    ++tally.lookups;
    if (std::ranges::any_of(asked, [&](const NodeId& id) { return kept_by.contains(id); }))
      ++tally.found;
    const auto nearest = oracle.nearest(target, Oracle::k);
    if (std::ranges::all_of(nearest, [&](const NodeId& id) { return asked.contains(id); }))
      ++tally.exact;
    if (!searched.result.empty()) tally.hops.push_back(searched.result.front().hop);
    tally.asked += searched.counts.asked;
    tally.longest = std::max(tally.longest, searched.time);
  }
  std::printf("%zu nodes: found %zu, exact %zu of %zu; hops p50 %zu; %.1f asked; at most %.1f s\n",
              oracle.count(), tally.found, tally.exact, tally.lookups, tally.hops_p50(),
              static_cast<double>(tally.asked) / static_cast<double>(tally.lookups),
              std::chrono::duration<double>(tally.longest).count());
  return tally;
}

TEST(LookupNetwork, FindsAmongThousands) {
  Oracle oracle(10'000, 1);
  Tally tally = run(oracle, 25, {});
  EXPECT_EQ(tally.found, 25U);
  EXPECT_GE(tally.exact, 24U);
  EXPECT_LE(tally.hops_p50(), 5U);
}

TEST(LookupNetwork, FindsAmongFew) {
  for (const std::size_t count : {2U, 3U, 20U, 100U}) {
    Oracle oracle(count, count);
    EXPECT_EQ(run(oracle, 20, {}).found, 20U);
  }
}

TEST(LookupNetwork, IsTheSameForTheSameSeed) {
  const auto once = [] {
    Oracle oracle(500, 7);
    oracle.turn(Kind::liar, 5);
    std::vector<NodeId> ids;
    for (const auto& one : oracle.look_up(oracle.some_honest().id, oracle.some_key(), {}).result)
      ids.push_back(one.info.id);
    return ids;
  };
  EXPECT_EQ(once(), once());
}

TEST(LookupNetwork, FindsWhenAFifthIsGone) {
  Oracle oracle(1'500, 2);
  oracle.turn(Kind::dead, 5);
  const Tally tally = run(oracle, 60, {});
  EXPECT_EQ(tally.found, 60U);
  EXPECT_GE(tally.exact, 50U);
}

TEST(LookupNetwork, FindsWhenAFifthLies) {
  Oracle oracle(2'000, 3);
  oracle.turn(Kind::liar, 5);
  EXPECT_GE(run(oracle, 100, {}).found, 99U);
}

TEST(LookupNetwork, FindsWhenAFifthMirrors) {
  Oracle oracle(2'000, 4);
  oracle.turn(Kind::mirror, 5);
  EXPECT_GE(run(oracle, 100, {}).found, 99U);
}

TEST(LookupNetwork, FindsBesideTwentyThatChoseTheirPlace) {
  std::size_t found = 0;
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    Oracle oracle(1'000, 100 + seed);
    const Key key = oracle.some_key();
    oracle.plant(key, 20);
    found += run(oracle, 10, {}, key).found;
  }
  EXPECT_GE(found, 99U);
}

// What the paths and the region are for.
TEST(LookupNetwork, FindsLessWithoutPathsOrRegion) {
  Oracle oracle(2'000, 3);
  oracle.turn(Kind::liar, 5);
  LookupOptions one_path;
  one_path.paths = 1;
  one_path.alpha = 1;
  const Tally single = run(oracle, 60, one_path);
  const Tally several = run(oracle, 60, {});
  EXPECT_LT(single.found, several.found);

  Oracle planted(1'000, 100);
  const Key key = planted.some_key();
  planted.plant(key, 20);
  LookupOptions no_region;
  no_region.radius = Distance{};
  EXPECT_LT(run(planted, 20, no_region, key).found, 20U);
}

}  // namespace
}  // namespace tesseras::dht
