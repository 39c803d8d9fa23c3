#include "foundation/runtime/system_loop.hpp"

#include <gtest/gtest.h>

#include <thread>

#include "foundation/runtime/loop_suite.hpp"
#include "foundation/runtime/network_links.hpp"

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

TEST(SystemLoop, HearsAGroupOnOneNetwork) {
  const auto links = network_links().value();
  const auto loopback = std::ranges::find_if(links, &NetworkLink::is_loopback);
  if (loopback == links.end()) GTEST_SKIP() << "this machine has no loopback";
  OverIpv4 world;
  Inbox first_inbox, second_inbox, outside;
  const IpAddress group = IpAddress::v4(224, 0, 0, 251);
  const auto first = world.loop_->bind_multicast({group, 0}, *loopback, first_inbox).value();
  // On the same port, beside it.
  const auto second = world.loop_->bind_multicast(first->local(), *loopback, second_inbox).value();
  EXPECT_EQ(first->local(), second->local());
  const OutgoingDatagrams out{first->local(), base::as_bytes("hello")};
  EXPECT_EQ(first->send({&out, 1}), 1U);
  // To the machine and not to the group.
  const auto other = world.loop().bind_datagrams({OverIpv4::address(), 0}, outside).value();
  const OutgoingDatagrams alone{{OverIpv4::address(), first->local().port},
                                base::as_bytes("not this")};
  EXPECT_EQ(other->send({&alone, 1}), 1U);
  while (first_inbox.texts.empty() || second_inbox.texts.empty())
    world.run_for(std::chrono::milliseconds(5));
  world.run_for(std::chrono::milliseconds(5));
  EXPECT_EQ(first_inbox.texts, std::vector<std::string>{"hello"});
  EXPECT_EQ(second_inbox.texts, std::vector<std::string>{"hello"});
}

TEST(SystemLoop, JoinsNoGroupWhereThereIsNoNetwork) {
  OverIpv4 world;
  Inbox inbox;
  const NetworkLink nowhere{1'000'000, "none0", false, {}};
  const auto none = world.loop_->bind_multicast({IpAddress::v4(224, 0, 0, 251), 0}, nowhere, inbox);
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, base::Code::invalid) << none.error().message;
  const auto six = world.loop_->bind_multicast({*IpAddress::parse("ff02::fb"), 0}, nowhere, inbox);
  ASSERT_FALSE(six);
  EXPECT_EQ(six.error().code, base::Code::invalid) << six.error().message;
}

}  // namespace
}  // namespace tesseras::runtime
