// A world of many nodes in one process, in which time passes only when all that is due has been
// done. The same seed and the same calls give the same history, bit for bit.
//
// A Node is a machine: a Loop, a disk and addresses. What runs on it is a program, made anew each
// time that the node starts, of what its disk has kept.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "foundation/runtime/disk_memory.hpp"
#include "foundation/runtime/loop.hpp"
#include "foundation/runtime/prng.hpp"
#include "sim/network.hpp"

namespace tesseras::sim {

using runtime::Callback;
using runtime::Endpoint;

class World;

// What a node runs. Destroyed when the node crashes or stops, without being asked.
class Program {
 public:
  virtual ~Program() = default;
};

// A node's clock as it is wrong.
struct ClockFault {
  base::nanoseconds ahead{0};  // at the beginning of the world
  std::int64_t drift_ppm = 0;  // how much faster it runs, in millionths; above -1,000,000
};

class Node final : public runtime::Loop {
 public:
  using MakeProgram = std::function<std::unique_ptr<Program>(Node&)>;

  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;
  ~Node() override;

  // The program that start() and every restart makes.
  void run(MakeProgram make);
  // Power off: the program, its sockets and its timers are gone, and of what was not synced the
  // disk keeps some part.
  void crash();
  // Power on. The node must be off.
  void restart();
  bool is_running() const { return program_ != nullptr; }
  // What a program still says while it is dropped by a crash is not sent.
  bool has_power() const { return has_power_; }

  runtime::MemoryDisk& disk() { return disk_; }
  const IpAddress& address() const { return address_; }

  // Loop. A node's time is its own clock's.
  base::Instant now() const override;
  base::WallTime wall_now() const override;
  std::unique_ptr<runtime::Timer> call_at(base::Instant when, Callback then) override;
  void post(Callback then) override;
  base::Result<std::unique_ptr<runtime::DatagramSocket>> bind_datagrams(
      const Endpoint& local, runtime::DatagramHandler& handler) override;
  void fill_random(base::MutableByteSpan into) override;

 private:
  friend class World;
  class Socket;

  Node(World& world, IpAddress address, std::uint64_t seed, ClockFault clock);

  // When a moment of this node's clock is, in the world's time.
  base::Instant in_world(base::Instant when) const;
  // `then`, unless the node has lost its power in between.
  Callback while_powered(Callback then);
  void deliver(const Endpoint& from, const Endpoint& to, base::ByteSpan bytes);

  World& world_;
  IpAddress address_;
  runtime::Prng dice_;
  ClockFault clock_;
  runtime::MemoryDisk disk_;
  MakeProgram make_;
  std::map<std::uint16_t, Socket*> sockets_;
  std::uint16_t next_port_;
  bool has_power_ = true;
  std::shared_ptr<int> power_ = std::make_shared<int>(0);  // another one after each crash
  std::unique_ptr<Program> program_;
};

class World {
 public:
  // Begins at 2026-01-01T00:00:00Z.
  explicit World(std::uint64_t seed);
  ~World();
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  // Addresses are 10.x.y.z, in the order in which nodes are added, from 10.0.0.1 on.
  Node& add_node(ClockFault clock = {});
  // At an address that no other node has.
  Node& add_node(const IpAddress& address, ClockFault clock = {});
  Node& node(std::size_t number) { return *nodes_.at(number); }
  std::size_t size() const { return nodes_.size(); }

  Network& network() { return network_; }
  // For the scenario's own choices.
  runtime::Prng& dice() { return dice_; }

  base::Instant now() const { return now_; }
  // For what belongs to no node, such as what is under way between two.
  void call_at(base::Instant when, Callback then) { calls_.add_for_good(when, std::move(then)); }
  // Does the next thing that is due up to `end`; false when there is none.
  bool step(base::Instant end = base::Instant::never());
  void run_for(base::nanoseconds span);
  // How many things have been done; two runs of one seed agree on it at every moment.
  std::uint64_t steps() const { return steps_; }

 private:
  friend class Node;

  void send(const Endpoint& from, const runtime::OutgoingDatagrams& out);

  base::Instant now_;
  std::uint64_t steps_ = 0;
  runtime::TimerQueue calls_;
  runtime::Prng dice_;
  Network network_;
  std::map<IpAddress, Node*> by_address_;
  std::vector<std::unique_ptr<Node>> nodes_;
};

}  // namespace tesseras::sim
