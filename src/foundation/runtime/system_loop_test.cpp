#include "foundation/runtime/system_loop.hpp"

#include <gtest/gtest.h>

#include <thread>

#include "foundation/runtime/loop_suite.hpp"

namespace tesseras::runtime {
namespace {

struct OverIpv4 {
  Loop& loop() { return *loop_; }
  static IpAddress address() { return IpAddress::v4(127, 0, 0, 1); }
  // At least as long: a busy machine may take its time, and tests look at what must have happened.
  void run_for(base::nanoseconds span) {
    const auto end = loop_->call_at(loop_->now() + span, [this] { loop_->stop(); });
    loop_->run();
  }

  std::unique_ptr<SystemLoop> loop_ = make_system_loop();
};

struct OverIpv6 : OverIpv4 {
  static IpAddress address() { return IpAddress::v6_loopback(); }
};

using SystemLoops = ::testing::Types<OverIpv4, OverIpv6>;
INSTANTIATE_TYPED_TEST_SUITE_P(SystemLoop, LoopSuite, SystemLoops);

TEST(SystemLoop, IsWokenFromAnotherThread) {
  const auto loop = make_system_loop();
  std::thread::id ran_on;
  std::jthread other([&] {
    loop->post([&] {
      ran_on = std::this_thread::get_id();
      loop->stop();
    });
  });
  loop->run();
  EXPECT_EQ(ran_on, std::this_thread::get_id());
}

TEST(SystemLoop, MovesMoreThanASocketHolds) {
  OverIpv4 world;
  Inbox here, there;
  const auto first = world.loop().bind_datagrams({OverIpv4::address(), 0}, here).value();
  const auto second = world.loop().bind_datagrams({OverIpv4::address(), 0}, there).value();
  const std::string text(1200, 'x');
  std::string batch;
  for (int i = 0; i < 40; ++i) batch += text;
  const OutgoingDatagrams out{second->local(), base::as_bytes(batch), text.size()};
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(first->send({&out, 1}), 1U);
    world.run_for(std::chrono::milliseconds(2));
  }
  world.run_for(std::chrono::milliseconds(50));
  EXPECT_EQ(there.texts.size(), 400U);
  for (const auto& received : there.texts) EXPECT_EQ(received, text);
}

}  // namespace
}  // namespace tesseras::runtime
