// A simulated world in which every node runs the distributed hash table over simulated sessions:
// the product's own Service, Engine and store, on a disk in memory.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "foundation/transport/router.hpp"
#include "preserve/dht/service.hpp"
#include "sim/scenarios/identity.hpp"
#include "sim/transport.hpp"
#include "sim/world.hpp"

namespace tesseras::scenarios {

// What a program of a node may build on.
struct Ground {
  std::size_t number = 0;
  sim::Node& node;
  transport::Transport& transport;
  dht::Service& dht;
  transport::Router& router;
};

struct DhtWorldOptions {
  std::uint64_t seed = 1;
  std::size_t nodes = 10;
  // As people have them: one at home, some in an institution. Each network is public.
  std::size_t nodes_per_network = 1;
  // Where nodes live, instead: one address for each, none twice.
  std::vector<sim::IpAddress> addresses = {};
  dht::ServiceOptions service = {};
  // What else a node runs, each time that it starts; null: nothing. It goes before what it builds
  // on.
  std::function<std::unique_ptr<sim::Program>(const Ground&)> furnish = {};
};

class DhtWorld {
 public:
  // What a node has in place of its transport: whatever it makes of the true one.
  using Disguise = std::function<std::unique_ptr<transport::Transport>(
      std::unique_ptr<transport::Transport>, sim::Node&)>;

  // Its nodes are off; the first is the seed that all others begin with.
  explicit DhtWorld(const DhtWorldOptions& options);
  ~DhtWorld();
  DhtWorld(const DhtWorld&) = delete;
  DhtWorld& operator=(const DhtWorld&) = delete;

  sim::World& world() { return world_; }
  std::size_t size() const { return people_.size(); }

  // Of a node that has never been on.
  void set_identity(std::size_t number, Identity identity);
  void set_disguise(std::size_t number, Disguise disguise);
  // In place of those that all have.
  void set_capabilities(std::size_t number, dht::Capabilities capabilities);

  // A transport as that node's, for a program that is none of ours; `port` 0: one that is free.
  std::unique_ptr<sim::SimTransport> listen(std::size_t number, std::uint16_t on);

  // Power on, one after another with `pause` between.
  void start_all(base::nanoseconds pause);
  void start(std::size_t number);
  void crash(std::size_t number) { world_.node(number).crash(); }
  bool is_on(std::size_t number) const { return programs_[number] != nullptr; }
  // On, with a program of ours, and without a disguise.
  bool is_honest(std::size_t number) const { return is_on(number) && !people_[number].disguise; }

  // Of a node that is on.
  dht::Service& service(std::size_t number);
  std::size_t sessions(std::size_t number) const;
  // What it was furnished with.
  sim::Program& furniture(std::size_t number) const;
  const dht::NodeId& id(std::size_t number) const { return people_[number].identity.id; }
  const Identity& identity(std::size_t number) const { return people_[number].identity; }
  runtime::Endpoint endpoint(std::size_t number);
  // Who has this id, on or off.
  std::optional<std::size_t> find(const dht::NodeId& id) const;
  // One of those that are on and honest.
  std::size_t some_honest();

  // Runs the world until the task of a node is done; nullopt: not within `most`.
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
  struct Person {
    Identity identity;
    crypto::SecretBytes<32> store_secret;
    Disguise disguise;
    std::optional<dht::Capabilities> capabilities;
  };
  class Program;

  DhtWorldOptions options_;
  dht::ProofMemo memo_;
  sim::World world_;
  sim::Switchboard board_;
  std::vector<Person> people_;
  std::map<dht::NodeId, std::size_t> by_id_;
  std::vector<Program*> programs_;  // null while the node is off
};

}  // namespace tesseras::scenarios
