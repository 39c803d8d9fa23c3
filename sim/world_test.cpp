#include "sim/world.hpp"

#include <gtest/gtest.h>

#include "foundation/base/text.hpp"
#include "foundation/runtime/loop_suite.hpp"

namespace tesseras::sim {

using base::Instant;
using runtime::Tasks;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

struct Simulated {
  runtime::Loop& loop() { return node; }
  IpAddress address() const { return node.address(); }
  void run_for(base::nanoseconds span) { world.run_for(span); }

  World world{1};
  Node& node = world.add_node();
};

// Says its count to a neighbour every second, and keeps the count on its disk.
class Teller final : public Program, public runtime::DatagramHandler {
 public:
  Teller(Node& node, IpAddress neighbour, std::vector<std::string>& heard)
      : node_(node), neighbour_(neighbour), heard_(heard), tasks_(node) {
    socket_ = node.bind_datagrams({node.address(), 4433}, *this).value();
    tasks_.spawn(tell());
  }

  void on_datagrams(std::span<const runtime::IncomingDatagrams> batch) override {
    for (const auto& one : batch) heard_.emplace_back(base::as_text(one.bytes));
  }
  void on_writable() override {}

 private:
  runtime::Task<void> tell() {
    while (true) {
      auto file = node_.disk().open_append("/count");
      if (!file) file = node_.disk().create("/count", 0600);
      EXPECT_TRUE((*file)->append(base::as_bytes("x")));
      EXPECT_TRUE((*file)->sync());
      EXPECT_TRUE(node_.disk().sync(std::array{runtime::path("/")}));
      const auto text = std::to_string((*file)->status()->size_bytes);
      const runtime::OutgoingDatagrams out{{neighbour_, 4433}, base::as_bytes(text), 0};
      socket_->send({&out, 1});
      co_await runtime::sleep_until(node_, node_.now() + seconds(1));
    }
  }

  Node& node_;
  IpAddress neighbour_;
  std::vector<std::string>& heard_;
  std::unique_ptr<runtime::DatagramSocket> socket_;
  Tasks tasks_;
};

struct Pair {
  explicit Pair(std::uint64_t seed) : world(seed) {
    ana.run([this](Node& node) { return std::make_unique<Teller>(node, rui.address(), by_ana); });
    rui.run([this](Node& node) { return std::make_unique<Teller>(node, ana.address(), by_rui); });
  }

  std::vector<std::string> by_ana, by_rui;  // what each has heard; they outlive the programs
  World world;
  Node& ana = world.add_node();
  Node& rui = world.add_node();
};

using Texts = std::vector<std::string>;

TEST(World, TimePassesOnlyWhenItIsLetPass) {
  Pair pair(1);
  EXPECT_TRUE(pair.by_rui.empty());
  pair.world.run_for(milliseconds(2500));
  EXPECT_EQ(pair.by_rui, (Texts{"1", "2", "3"}));
  EXPECT_EQ(pair.by_ana, (Texts{"1", "2", "3"}));
  EXPECT_EQ(pair.world.now(), Instant{} + milliseconds(2500));
}

TEST(World, ACrashedNodeIsSilentAndComesBackWithItsDisk) {
  Pair pair(1);
  pair.world.run_for(milliseconds(1500));
  pair.ana.crash();
  EXPECT_FALSE(pair.ana.is_running());
  pair.world.run_for(seconds(10));
  EXPECT_EQ(pair.by_rui, (Texts{"1", "2"}));
  EXPECT_EQ(pair.by_ana, (Texts{"1", "2"}));  // deaf, too
  pair.ana.restart();
  pair.world.run_for(milliseconds(100));
  EXPECT_EQ(pair.by_rui.back(), "3");
}

TEST(World, OneSeedIsOneHistory) {
  const auto history = [](std::uint64_t seed) {
    Pair pair(seed);
    pair.world.network().set_usual({.jitter = milliseconds(900), .loss_ppm = 300'000});
    pair.world.run_for(seconds(60));
    pair.ana.crash();
    pair.ana.restart();
    pair.world.run_for(seconds(60));
    std::array<std::byte, 4> drawn{};
    pair.rui.fill_random(drawn);
    return std::tuple(pair.by_ana, pair.by_rui, pair.world.steps(), drawn);
  };
  EXPECT_EQ(history(5), history(5));
  EXPECT_NE(history(5), history(6));
}

TEST(World, ClocksRunAsWrongAsTheyAreTold) {
  World world(1);
  Node& fast = world.add_node({.ahead = seconds(3600), .drift_ppm = 100});
  Node& slow = world.add_node({.drift_ppm = -200});
  EXPECT_EQ(fast.wall_now().unix_seconds - slow.wall_now().unix_seconds, 3600);
  Instant fast_at, slow_at;
  const auto first = fast.call_at(fast.now() + seconds(1000), [&] { fast_at = world.now(); });
  const auto second = slow.call_at(slow.now() + seconds(1000), [&] { slow_at = world.now(); });
  world.run_for(seconds(2000));
  EXPECT_NEAR(static_cast<double>(fast_at.nanoseconds_since_start), 999.9e9, 1e6);
  EXPECT_NEAR(static_cast<double>(slow_at.nanoseconds_since_start), 1000.2e9, 1e6);
  EXPECT_EQ((fast.now() - Instant{}) - seconds(3600), milliseconds(2'000'200));
}

}  // namespace
}  // namespace tesseras::sim

// The suite's macros want its own namespace.
namespace tesseras::runtime {
INSTANTIATE_TYPED_TEST_SUITE_P(World, LoopSuite, sim::Simulated);
}  // namespace tesseras::runtime
