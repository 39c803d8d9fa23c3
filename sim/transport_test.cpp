#include "sim/transport.hpp"

#include <gtest/gtest.h>

#include "foundation/transport/transport_suite.hpp"

namespace tesseras::transport {
namespace {

// Three nodes of a world, with nothing but a transport on each.
class SimFixture {
 public:
  explicit SimFixture(const Limits& limits = {}) : limits_(limits) {
    for (std::size_t i = 0; i < 3; ++i) {
      world_.add_node().run(
          [this, i](sim::Node& node) { return std::make_unique<Only>(*this, node, i); });
    }
  }
  runtime::Loop& loop(std::size_t node) { return world_.node(node); }
  Transport& node(std::size_t number) { return *nodes_[number]->transport; }
  runtime::Endpoint nowhere() { return {world_.node(1).address(), 9}; }
  void run_for(base::nanoseconds span) { world_.run_for(span); }
  void vanish(std::size_t node) {
    world_.network().set_group(world_.node(node).address(), static_cast<std::uint32_t>(node + 1));
  }
  void destroy(std::size_t node) { nodes_[node]->transport.reset(); }
  sim::World& world() { return world_; }

 private:
  struct Only final : sim::Program {
    Only(SimFixture& fixture, sim::Node& node, std::size_t number) : all(fixture), place(number) {
      PeerId id;
      id.bytes[0] = static_cast<std::byte>(number + 1);
      transport = sim::SimTransport::make(all.world_, all.board_, node, id, 0, all.limits_).value();
      all.nodes_[place] = this;
    }
    ~Only() override { all.nodes_[place] = nullptr; }
    Only(const Only&) = delete;
    Only& operator=(const Only&) = delete;
    SimFixture& all;
    std::size_t place;
    std::unique_ptr<sim::SimTransport> transport;
  };

  Limits limits_;
  sim::Switchboard board_;
  std::array<Only*, 3> nodes_{};
  sim::World world_{7};
};

}  // namespace

INSTANTIATE_TYPED_TEST_SUITE_P(Simulated, TransportSuite, SimFixture);

}  // namespace tesseras::transport
