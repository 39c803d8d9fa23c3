// What every body of Loop must do. A fixture gives a loop, and a way to let its time pass:
//
//   struct Fixture { Loop& loop(); void run_for(nanoseconds); IpAddress address(); };
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "foundation/base/text.hpp"
#include "foundation/runtime/loop.hpp"
#include "foundation/runtime/tasks.hpp"
#include "foundation/runtime/waiter.hpp"

namespace tesseras::runtime {

using std::chrono::milliseconds;

// Keeps what comes, one text a datagram.
class Inbox final : public DatagramHandler {
 public:
  void on_datagrams(std::span<const IncomingDatagrams> batch) override {
    for (const auto& one : batch) {
      from = one.from;
      for (auto rest = one.bytes; !rest.empty();) {
        const auto size = one.segment_bytes == 0 ? rest.size() : one.segment_bytes;
        const auto piece = rest.first(std::min(size, rest.size()));
        texts.emplace_back(base::as_text(piece));
        rest = rest.subspan(piece.size());
      }
    }
  }
  void on_writable() override { ++writable; }

  std::vector<std::string> texts;
  Endpoint from;
  int writable = 0;
};

template <class Fixture>
class LoopSuite : public ::testing::Test {
 protected:
  Loop& loop() { return fixture_.loop(); }
  void run_for(base::nanoseconds span) { fixture_.run_for(span); }
  base::Instant in(base::nanoseconds span) { return loop().now() + span; }
  std::unique_ptr<DatagramSocket> bound(DatagramHandler& handler) {
    auto socket = loop().bind_datagrams({fixture_.address(), 0}, handler);
    EXPECT_TRUE(socket) << socket.error().message;
    return std::move(socket).value();
  }

  Fixture fixture_;
  std::string noted_;
};

TYPED_TEST_SUITE_P(LoopSuite);

TYPED_TEST_P(LoopSuite, CallsWhenTheTimeHasCome) {
  const auto begin = this->loop().now();
  base::Instant came;
  const auto late = this->loop().call_at(this->in(milliseconds(20)), [&] {
    this->noted_ += 'b';
    came = this->loop().now();
  });
  const auto soon = this->loop().call_at(this->in(milliseconds(5)), [&] { this->noted_ += 'a'; });
  const auto past = this->loop().call_at({0}, [&] { this->noted_ += '0'; });
  EXPECT_EQ(this->noted_, "");
  this->run_for(milliseconds(200));
  EXPECT_EQ(this->noted_, "0ab");
  EXPECT_GE(came - begin, milliseconds(20));
}

TYPED_TEST_P(LoopSuite, ADroppedTimerDoesNotCall) {
  auto timer = this->loop().call_at(this->in(milliseconds(5)), [&] { this->noted_ += 'x'; });
  const auto other = this->loop().call_at(this->in(milliseconds(1)), [&] { timer.reset(); });
  this->run_for(milliseconds(30));
  EXPECT_EQ(this->noted_, "");
}

TYPED_TEST_P(LoopSuite, PostsInOrderAndNotAtOnce) {
  this->loop().post([&] {
    this->loop().post([&] { this->noted_ += 'c'; });
    this->noted_ += 'a';
  });
  this->loop().post([&] { this->noted_ += 'b'; });
  EXPECT_EQ(this->noted_, "");
  this->run_for(milliseconds(20));
  EXPECT_EQ(this->noted_, "abc");
}

TYPED_TEST_P(LoopSuite, AWaiterGivesWhatWasSet) {
  Waiter<int> waiter(this->loop());
  Tasks tasks(this->loop());
  const auto body = [&]() -> Task<void> {
    const auto got = co_await waiter.wait(this->in(milliseconds(5000)));
    EXPECT_EQ(got.value(), 7);
    this->noted_ += 'd';
  };
  tasks.spawn(body());
  waiter.set(7);
  waiter.set(8);                // the first one counts
  EXPECT_EQ(this->noted_, "");  // never from inside of set
  this->run_for(milliseconds(20));
  EXPECT_EQ(this->noted_, "d");
  EXPECT_EQ(tasks.size(), 0U);
}

TYPED_TEST_P(LoopSuite, AWaitEnds) {
  Waiter<void> never(this->loop());
  auto closed = std::make_unique<Waiter<void>>(this->loop());
  Tasks tasks(this->loop());
  const auto body = [&](Waiter<void>& waiter, base::Code wanted) -> Task<void> {
    const auto got = co_await waiter.wait(this->in(milliseconds(10)));
    EXPECT_EQ(got.error().code, wanted);
    this->noted_ += 'e';
  };
  tasks.spawn(body(never, base::Code::timeout));
  tasks.spawn(body(*closed, base::Code::cancelled));
  closed->close();
  this->run_for(milliseconds(100));
  EXPECT_EQ(this->noted_, "ee");
}

TYPED_TEST_P(LoopSuite, DroppedTasksNeverGoOn) {
  auto tasks = std::make_unique<Tasks>(this->loop());
  Waiter<void> waiter(this->loop());
  const auto body = [&]() -> Task<void> {
    (void)co_await waiter.wait(base::Instant::never());
    this->noted_ += 'x';
  };
  tasks->spawn(body());
  const auto sleeper = [&]() -> Task<void> {
    co_await sleep_until(this->loop(), this->in(milliseconds(5)));
    this->noted_ += 'y';
  };
  tasks->spawn(sleeper());
  EXPECT_EQ(tasks->size(), 2U);
  waiter.set({});
  tasks.reset();  // what was posted for them finds nobody
  this->run_for(milliseconds(30));
  EXPECT_EQ(this->noted_, "");
}

TYPED_TEST_P(LoopSuite, SendsDatagramsBothWays) {
  Inbox here, there;
  const auto first = this->bound(here), second = this->bound(there);
  EXPECT_NE(first->local().port, 0);
  EXPECT_NE(first->local(), second->local());
  const std::array<OutgoingDatagrams, 2> batch = {
      OutgoingDatagrams{second->local(), base::as_bytes("one"), 0},
      OutgoingDatagrams{second->local(), base::as_bytes("aaaabbbbcc"), 4}};
  EXPECT_EQ(first->send(batch), 2U);
  this->run_for(milliseconds(50));
  EXPECT_EQ(there.texts, (std::vector<std::string>{"one", "aaaa", "bbbb", "cc"}));
  EXPECT_EQ(there.from, first->local());
  const OutgoingDatagrams answer{there.from, base::as_bytes("two"), 0};
  EXPECT_EQ(second->send({&answer, 1}), 1U);
  this->run_for(milliseconds(50));
  EXPECT_EQ(here.texts, std::vector<std::string>{"two"});
}

TYPED_TEST_P(LoopSuite, ADroppedSocketIsDeaf) {
  Inbox here, there;
  const auto first = this->bound(here);
  auto second = this->bound(there);
  const auto gone = second->local();
  const OutgoingDatagrams one{gone, base::as_bytes("one"), 0};
  EXPECT_EQ(first->send({&one, 1}), 1U);
  second.reset();
  EXPECT_EQ(first->send({&one, 1}), 1U);  // lost, and no error
  this->run_for(milliseconds(50));
  EXPECT_TRUE(there.texts.empty());
  EXPECT_TRUE(this->loop().bind_datagrams(gone, there));
}

TYPED_TEST_P(LoopSuite, OnePortIsOneSockets) {
  Inbox inbox;
  const auto first = this->bound(inbox);
  const auto second = this->loop().bind_datagrams(first->local(), inbox);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, base::Code::conflict);
  const auto elsewhere =
      this->loop().bind_datagrams({IpAddress::v4(192, 0, 2, 1), 0}, inbox);  // TEST-NET-1
  ASSERT_FALSE(elsewhere);
  EXPECT_EQ(elsewhere.error().code, base::Code::invalid);
}

REGISTER_TYPED_TEST_SUITE_P(LoopSuite, CallsWhenTheTimeHasCome, ADroppedTimerDoesNotCall,
                            PostsInOrderAndNotAtOnce, AWaiterGivesWhatWasSet, AWaitEnds,
                            DroppedTasksNeverGoOn, SendsDatagramsBothWays, ADroppedSocketIsDeaf,
                            OnePortIsOneSockets);

}  // namespace tesseras::runtime
