// For tests: a network of nodes in memory, whose tables are filled by somebody who sees all of
// them, so that lookups can be tried by the thousand without simulating how tables come about.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "preserve/dht/dht_fixture.hpp"
#include "preserve/dht/lookup.hpp"
#include "preserve/dht/routing_table.hpp"

namespace tesseras::dht {

class Oracle {
 public:
  enum class Kind {
    honest,
    dead,    // does not answer
    liar,    // answers with the liars nearest to the key, whom all liars know
    mirror,  // answers with itself, and with nodes that it makes up next to the key
  };
  static constexpr std::size_t k = 20;

  Oracle(std::size_t count, std::uint64_t seed) : prng_(seed) {
    for (std::size_t i = 0; i < count; ++i) add(random_id<NodeId>(prng_), Kind::honest);
    sort();
  }

  // Every node, or one in `share`, becomes of a kind.
  void turn(Kind kind, std::size_t share) {
    for (auto& node : nodes_)
      if (prng_.below(share) == 0) node.kind = kind;
    list_liars();
  }
  // Liars with ids of their choice; each in a network of its own.
  void plant(const Key& key, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      NodeId id{key.bytes};
      id.bytes[0] = std::byte{0};
      // The same first 8 bytes: nearer than anybody honest.
      for (std::size_t byte = 8; byte < NodeId::size_bytes; ++byte)
        id.bytes[byte] = static_cast<std::byte>(prng_.below(256));
      add(id, Kind::liar);
    }
    sort();
  }

  std::size_t count() const { return nodes_.size(); }
  // False also for those that a mirror made up, who are nobody.
  bool is_honest(const NodeId& id) const {
    const auto at =
        std::ranges::lower_bound(nodes_, id, {}, [](const Node& node) { return node.info.id; });
    return at != nodes_.end() && at->info.id == id && at->kind == Kind::honest;
  }
  const NodeInfo& some_honest() {
    for (;;) {
      const auto& node = nodes_[prng_.below(nodes_.size())];
      if (node.kind == Kind::honest) return node.info;
    }
  }
  Key some_key() { return random_id<Key>(prng_); }

  // The honest nodes nearest to a key.
  std::vector<NodeId> nearest(const Key& key, std::size_t count) const {
    std::vector<NodeId> ids;
    for (const auto& node : nodes_)
      if (node.kind == Kind::honest) ids.push_back(node.info.id);
    count = std::min(count, ids.size());
    std::ranges::partial_sort(ids, ids.begin() + static_cast<std::ptrdiff_t>(count), {},
                              [&](const NodeId& id) { return distance(id, key); });
    ids.resize(count);
    return ids;
  }

  // The table of a node: of each bucket up to k nodes, at random, the same at every call.
  const RoutingTable& table(const NodeId& id) {
    Node& node = nodes_[index_of(id)];
    if (node.table) return *node.table;
    runtime::Prng prng(std::hash<NodeId>()(id));
    node.table.emplace(id);
    for (std::size_t bucket = id_bits - 8; bucket-- > 0;) {
      const auto [begin, end] = range(id, bucket);
      const std::size_t size = end - begin;
      for (std::size_t i = 0; i < (size <= k ? size : 2 * k); ++i) {
        const NodeInfo& info = nodes_[begin + (size <= k ? i : prng.below(size))].info;
        node.table->seen({}, info, info.endpoints[0], true);
      }
      if (begin == end && range_below(id, bucket) <= 1) break;
    }
    return *node.table;
  }

  struct Outcome {
    std::vector<Lookup::Answered> result;
    Lookup::Counts counts;
    std::chrono::nanoseconds time{0};
  };
  // A lookup from a node; each answer takes 100 ms.
  Outcome look_up(const NodeId& from, const Key& key, LookupOptions options) {
    constexpr std::chrono::milliseconds round_trip{100};
    std::vector<NodeInfo> known;
    for (const Contact& one : table(from).closest(key, k)) known.push_back(one.info);
    if (!options.radius) options.radius = table(from).expected_radius(k + k / 2);
    Lookup lookup(from, key, known, options);
    base::Instant now;
    std::vector<std::pair<base::Instant, NodeInfo>> under_way;  // by time
    while (!lookup.is_done()) {
      while (const auto next = lookup.poll(now)) under_way.emplace_back(now + round_trip, *next);
      const base::Instant deadline = lookup.deadline();
      if (!under_way.empty() && under_way.front().first <= deadline) {
        now = under_way.front().first;
        const NodeInfo asked = under_way.front().second;
        under_way.erase(under_way.begin());
        answer(lookup, now, asked, key);
      } else {
        if (deadline == base::Instant::never()) break;
        now = deadline;
        lookup.on_deadline(now);
      }
    }
    EXPECT_TRUE(lookup.is_done());
    return {lookup.result(), lookup.counts(), now - base::Instant{}};
  }

 private:
  struct Node {
    NodeInfo info;
    Kind kind = Kind::honest;
    std::optional<RoutingTable> table;
  };

  void add(const NodeId& id, Kind kind) {
    const auto n = static_cast<std::uint32_t>(nodes_.size());
    nodes_.push_back({fake_node(id, distinct_endpoint(n)), kind, {}});
  }
  void sort() {
    std::ranges::sort(nodes_, {}, [](const Node& node) { return node.info.id; });
    list_liars();
  }
  void list_liars() {
    liars_.clear();
    liars_key_.reset();
    for (auto& node : nodes_) {
      node.table.reset();
      if (node.kind == Kind::liar) liars_.push_back(node.info);
    }
  }
  std::size_t index_of(const NodeId& id) const {
    const auto at =
        std::ranges::lower_bound(nodes_, id, {}, [](const Node& node) { return node.info.id; });
    EXPECT_TRUE(at != nodes_.end() && at->info.id == id);
    return static_cast<std::size_t>(at - nodes_.begin());
  }
  // Where in the sorted nodes those of a bucket are.
  std::pair<std::size_t, std::size_t> range(const NodeId& id, std::size_t bucket) const {
    NodeId first = id;
    const std::size_t byte = (id_bits - 1 - bucket) / 8;
    const auto bit = static_cast<std::byte>(1U << (bucket % 8));
    const auto below = static_cast<std::byte>(std::to_integer<unsigned>(bit) - 1U);
    first.bytes[byte] = (first.bytes[byte] ^ bit) & ~below;
    NodeId last = first;
    last.bytes[byte] |= below;
    for (std::size_t i = byte + 1; i < NodeId::size_bytes; ++i) {
      first.bytes[i] = std::byte{0};
      last.bytes[i] = std::byte{0xff};
    }
    const auto by_id = [](const Node& node) { return node.info.id; };
    const auto begin = std::ranges::lower_bound(nodes_, first, {}, by_id);
    const auto end = std::ranges::upper_bound(nodes_, last, {}, by_id);
    return {static_cast<std::size_t>(begin - nodes_.begin()),
            static_cast<std::size_t>(end - nodes_.begin())};
  }
  // How many are nearer than those of the bucket, itself among them; at most two are counted.
  std::size_t range_below(const NodeId& id, std::size_t bucket) const {
    const std::size_t at = index_of(id);
    const auto is_near = [&](std::size_t other) {
      const auto index = bucket_index(distance(id, nodes_[other].info.id));
      return !index || *index < bucket;
    };
    return 1 + (at > 0 && is_near(at - 1) ? 1U : 0U) +
           (at + 1 < nodes_.size() && is_near(at + 1) ? 1U : 0U);
  }

  void answer(Lookup& lookup, base::Instant now, const NodeInfo& asked, const Key& key) {
    const auto at =
        std::ranges::lower_bound(nodes_, asked.id, {}, [](const Node& n) { return n.info.id; });
    // A node that a mirror made up is one of its own doors.
    const bool is_real = at != nodes_.end() && at->info.id == asked.id;
    const Kind kind = is_real ? at->kind : Kind::mirror;
    std::vector<NodeInfo> nodes;
    switch (kind) {
      case Kind::dead: return;
      case Kind::honest:
        for (const Contact& one : table(asked.id).closest(key, k)) nodes.push_back(one.info);
        break;
      case Kind::liar: nodes = liars_near(key); break;
      case Kind::mirror:
        nodes.push_back(asked);
        while (nodes.size() < k) nodes.push_back(made_up(asked, key));
        break;
    }
    lookup.on_answer(now, asked.id, asked.endpoints[0], nodes);
  }
  const std::vector<NodeInfo>& liars_near(const Key& key) {
    if (liars_key_ == key) return liars_near_;
    liars_key_ = key;
    liars_near_.resize(std::min(liars_.size(), k));
    std::ranges::partial_sort_copy(
        liars_, liars_near_, {}, [&](const NodeInfo& one) { return distance(one.id, key); },
        [&](const NodeInfo& one) { return distance(one.id, key); });
    return liars_near_;
  }
  // Another id at the mirror's own address.
  NodeInfo made_up(const NodeInfo& mirror, const Key& key) {
    NodeId id{key.bytes};
    id.bytes[0] = std::byte{0};
    for (std::size_t byte = 4; byte < NodeId::size_bytes; ++byte)
      id.bytes[byte] = static_cast<std::byte>(prng_.below(256));
    return fake_node(id, {mirror.endpoints[0].address,
                          static_cast<std::uint16_t>(10'000 + prng_.below(50'000))});
  }

  runtime::Prng prng_;
  std::vector<Node> nodes_;
  std::vector<NodeInfo> liars_;
  std::vector<NodeInfo> liars_near_;
  std::optional<Key> liars_key_;
};

}  // namespace tesseras::dht
