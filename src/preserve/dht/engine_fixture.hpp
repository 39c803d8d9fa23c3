// For tests: engines that speak to one another in virtual time, without a transport.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "foundation/runtime/disk_memory.hpp"
#include "preserve/dht/dht_fixture.hpp"
#include "preserve/dht/engine.hpp"

namespace tesseras::dht {

class EngineWorld {
 public:
  struct Node {
    std::uint64_t number = 0;
    Endpoint at;
    std::optional<Endpoint> also_at;  // of the other family, see add_family()
    bool is_hidden = false;           // nobody can dial it
    bool is_gone = false;
    std::chrono::milliseconds delay{20};  // of what reaches it, and of what it answers
    crypto::Ed25519Key key;
    runtime::MemoryDisk disk;
    std::optional<PointerStore> store;
    std::optional<Engine> engine;
    std::vector<Event> events;
    base::Instant due;

    explicit Node(std::uint64_t n) : number(n), key(test_key(n)) {}
    template <class T>
    const T* last() const {
      for (auto one = events.rbegin(); one != events.rend(); ++one)
        if (const auto* event = std::get_if<T>(&*one)) return event;
      return nullptr;
    }
  };

  explicit EngineWorld(EngineOptions options = {}) : options_(std::move(options)) {}

  base::Instant now() const { return now_; }
  Node& node(std::size_t index) { return *nodes_[index]; }
  std::size_t count() const { return nodes_.size(); }

  // Each in a network of its own.
  Node& add(bool is_hidden = false) {
    const auto n = static_cast<std::uint32_t>(nodes_.size());
    nodes_.push_back(std::make_unique<Node>(n));
    Node& node = *nodes_.back();
    node.at = distinct_endpoint(n);
    node.is_hidden = is_hidden;
    by_endpoint_[node.at] = &node;
    start(node);
    return node;
  }
  // As after a restart: with its disk, and nothing else.
  void start(Node& node) {
    node.engine.reset();
    node.store.reset();
    crypto::SecretBytes<32> secret;
    secret.mutable_span()[0] = static_cast<std::byte>(node.number);
    const std::uint64_t nonce = find_nonce(node.key.public_key()).value();
    const NodeId id = node_id_of(node.key.public_key(), nonce);
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now_ - base::Instant{});
    const std::int64_t wall = 1'770'000'000 + seconds.count();
    node.store = PointerStore::open(node.disk, "/pointers", id, std::move(secret), {}, now_,
                                    base::WallTime{wall, 0})
                     .value();
    EngineOptions options = options_;
    options.seed = node.number;
    options.first_issue = static_cast<std::uint64_t>(wall);
    node.engine.emplace(node.key, nonce, *node.store, memo_, options, now_);
    node.is_gone = false;
  }
  // From now on `node` has this endpoint of the other family, too.
  void add_family(Node& node, const Endpoint& at) {
    node.also_at = at;
    by_endpoint_[at] = &node;
  }
  void move(Node& node, const Endpoint& to) {
    by_endpoint_.erase(node.at);
    node.at = to;
    by_endpoint_[to] = &node;
  }
  void pump(Node& node) {
    due_.erase({node.due, node.number});
    if (node.is_gone) return;
    while (auto out = node.engine->poll(now_)) deliver(node, *std::move(out));
    while (auto event = node.engine->next_event()) node.events.push_back(*std::move(event));
    node.due = node.engine->deadline();
    due_.insert({node.due, node.number});
  }
  void run(std::chrono::seconds time) {
    const base::Instant end = now_ + time;
    // Whoever uses the world may have told any of them anything.
    for (auto& one : nodes_) pump(*one);
    for (;;) {
      const auto step_at = queue_.empty() ? base::Instant::never() : queue_.begin()->first.first;
      const auto due_at = due_.empty() ? base::Instant::never() : due_.begin()->first;
      if (std::min(step_at, due_at) > end) break;
      now_ = std::max(now_, std::min(step_at, due_at));
      if (due_at < step_at) {
        Node& node = *nodes_[due_.begin()->second];
        if (!node.is_gone) node.engine->on_deadline(now_);
        pump(node);
      } else {
        auto step = std::move(queue_.extract(queue_.begin()).mapped());
        step();
      }
    }
    now_ = end;
  }
  std::uint64_t frames() const { return frames_; }

 private:
  void later(std::chrono::nanoseconds in, std::move_only_function<void()> step) {
    queue_.emplace(std::pair(now_ + in, ++sequence_), std::move(step));
  }
  struct Path {
    Node* node = nullptr;
    Endpoint from;
    Endpoint to;
  };
  static std::optional<Endpoint> end_of(const Node& node, const Endpoint& towards) {
    const bool is_v4 = towards.address.is_v4();
    return node.at.address.is_v4() == is_v4 ? node.at : node.also_at;
  }
  std::optional<Path> dial(const Node& from, const Outgoing& out) const {
    for (const Endpoint& endpoint : out.endpoints) {
      const auto at = by_endpoint_.find(endpoint);
      if (at == by_endpoint_.end() || at->second->is_gone || at->second->is_hidden) continue;
      const auto own = end_of(from, endpoint);
      if (own && (!out.to || *out.to == at->second->key.public_key()))
        return Path{at->second, *own, endpoint};
    }
    return std::nullopt;
  }
  void deliver(Node& from, Outgoing out) {
    ++frames_;
    if (out.is_answer) return answer(from, std::move(out));
    const auto path = dial(from, out);
    if (!path) {
      later(std::chrono::seconds(1), [this, &from, id = out.id] {
        if (from.is_gone) return;
        from.engine->on_failure(now_, id);
        pump(from);
      });
      return;
    }
    const std::uint64_t stream = ++streams_;
    asked_[stream] = {&from, path->to};
    later(path->node->delay, [this, &from, path = *path, stream, frame = std::move(out.frame)] {
      if (path.node->is_gone) return;
      path.node->engine->on_message(now_, {from.key.public_key(), path.from, false, stream},
                                    base::ByteSpan(frame).subspan(4));
      pump(*path.node);
    });
  }
  void answer(Node& from, Outgoing out) {
    const auto [to, dialled] = asked_.at(out.stream);
    asked_.erase(out.stream);
    later(from.delay, [this, &from, to, dialled, frame = std::move(out.frame)] {
      if (to->is_gone) return;
      to->engine->on_message(now_, {from.key.public_key(), dialled, true, {}},
                             base::ByteSpan(frame).subspan(4));
      pump(*to);
    });
  }

  EngineOptions options_;
  ProofMemo memo_{16'384};
  base::Instant now_;
  std::vector<std::unique_ptr<Node>> nodes_;
  std::map<Endpoint, Node*> by_endpoint_;
  std::set<std::pair<base::Instant, std::uint64_t>> due_;
  std::map<std::pair<base::Instant, std::uint64_t>, std::move_only_function<void()>> queue_;
  struct Asked {
    Node* by = nullptr;
    Endpoint at;  // where it dialled
  };
  std::map<std::uint64_t, Asked> asked_;
  std::uint64_t sequence_ = 0;
  std::uint64_t streams_ = 0;
  std::uint64_t frames_ = 0;
};

inline Key key(std::uint8_t n) {
  base::ContentHash hash;
  hash.bytes[0] = std::byte{n};
  return key_of(hash);
}

// So many nodes that know only the first.
inline void grow(EngineWorld& world, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    auto& node = world.add();
    std::vector<Endpoint> seed;
    if (&node != &world.node(0)) seed.push_back(world.node(0).at);
    node.engine->bootstrap(world.now(), seed, {});
    world.run(std::chrono::seconds(1));
  }
}

}  // namespace tesseras::dht
