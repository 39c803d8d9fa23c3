// A simulated world in which every node runs the distributed hash table over simulated sessions.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "preserve/dht/service.hpp"
#include "sim/transport.hpp"
#include "sim/world.hpp"

namespace tesseras::scenarios {

struct DhtWorldOptions {
  std::uint64_t seed = 1;
  std::size_t nodes = 10;
  dht::ServiceOptions service;
};

class DhtWorld {
 public:
  // Its nodes are off; the first is the seed that all others begin with.
  explicit DhtWorld(const DhtWorldOptions& options);
  ~DhtWorld();
  DhtWorld(const DhtWorld&) = delete;
  DhtWorld& operator=(const DhtWorld&) = delete;

  sim::World& world() { return world_; }
  std::size_t size() const { return keys_.size(); }
  // Power on, one after another with `pause` between.
  void start_all(base::nanoseconds pause);
  void start(std::size_t number);
  void crash(std::size_t number) { world_.node(number).crash(); }
  // Of a node that is on.
  dht::Service& service(std::size_t number);
  const dht::NodeId& id(std::size_t number) const { return keys_[number].id; }

  // Runs the world until the task is done; nullopt: not within `most`.
  template <class T>
  std::optional<base::Result<T>> finish(std::size_t number, runtime::Task<base::Result<T>> task,
                                        base::nanoseconds most) {
    std::optional<base::Result<T>> result;
    runtime::Tasks tasks(world_.node(number));
    const auto keep = [&](runtime::Task<base::Result<T>> one) -> runtime::Task<void> {
      result = co_await std::move(one);
    };
    tasks.spawn(keep(std::move(task)));
    const auto end = world_.now() + most;
    while (!result && world_.step(end)) {
    }
    return result;
  }

 private:
  struct Key {
    crypto::Ed25519Key key;
    std::uint64_t nonce = 0;
    dht::NodeId id;
  };
  class Program;

  DhtWorldOptions options_;
  sim::World world_;
  sim::Switchboard board_;
  std::vector<Key> keys_;
  std::vector<Program*> programs_;  // null while the node is off
};

}  // namespace tesseras::scenarios
