// Three nodes of a world with a transport on each, for the suite and for tests of their own.
#pragma once

#include <array>
#include <functional>
#include <memory>

#include "foundation/transport/limits.hpp"
#include "foundation/transport/transport.hpp"
#include "sim/transport.hpp"
#include "sim/world.hpp"

namespace tesseras::sim {

class TransportNodes {
 public:
  runtime::Loop& loop(std::size_t node) { return world_.node(node); }
  transport::Transport& node(std::size_t number) { return *nodes_.at(number)->transport; }
  Endpoint nowhere() { return {world_.node(1).address(), 9}; }
  void run_for(base::nanoseconds span) { world_.run_for(span); }
  void vanish(std::size_t node) {
    world_.network().set_group(world_.node(node).address(), static_cast<std::uint32_t>(node + 1));
  }
  void destroy(std::size_t node) { nodes_.at(node)->transport.reset(); }
  World& world() { return world_; }

 protected:
  using Make = std::function<std::unique_ptr<transport::Transport>(Node&, std::size_t number)>;

  explicit TransportNodes(std::uint64_t seed) : world_(seed) {}
  TransportNodes(const TransportNodes&) = delete;
  TransportNodes& operator=(const TransportNodes&) = delete;
  ~TransportNodes() = default;

  void begin(Make make) {
    make_ = std::move(make);
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
      world_.add_node().run(
          [this, i](Node& node) { return std::make_unique<Only>(*this, node, i); });
    }
  }
  Switchboard& board() { return board_; }

 private:
  // Each node's program: nothing but the transport.
  struct Only final : Program {
    Only(TransportNodes& fixture, Node& node, std::size_t number)
        : place(fixture.nodes_.at(number)), transport(fixture.make_(node, number)) {
      place = this;
    }
    ~Only() override { place = nullptr; }
    Only(const Only&) = delete;
    Only& operator=(const Only&) = delete;

    Only*& place;
    std::unique_ptr<transport::Transport> transport;
  };

  Make make_;
  Switchboard board_;
  std::array<Only*, 3> nodes_{};
  World world_;
};

}  // namespace tesseras::sim
