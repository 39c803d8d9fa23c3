#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <string>

#include "foundation/base/folder_fixture.hpp"
#include "foundation/base/text.hpp"
#include "foundation/runtime/system_loop.hpp"
#include "foundation/runtime/tasks.hpp"
#include "foundation/runtime/waiter.hpp"

namespace tesseras::runtime {
namespace {

using base::Code;
using base::Result;
using std::chrono::milliseconds;
using std::chrono::seconds;

class Streams : public ::testing::Test {
 protected:
  base::Instant soon(base::nanoseconds span = seconds(20)) { return loop_->now() + span; }

  // Runs the loop until the task has ended.
  template <class T>
  Result<T> finish(Task<Result<T>> task) {
    std::optional<Result<T>> result;
    const auto keep = [&](Task<Result<T>> one) -> Task<void> {
      result = co_await std::move(one);
      loop_->stop();
    };
    Tasks tasks(*loop_);
    tasks.spawn(keep(std::move(task)));
    if (!result) loop_->run();
    return *std::move(result);
  }

  struct Pair {
    std::unique_ptr<ByteStream> here, there;
  };
  Pair local_pair() {
    const auto listener = loop_->listen_local(socket_, 0600).value();
    Pair pair;
    pair.here = loop_->connect_local(socket_).value();
    pair.there = finish(listener->accept(soon())).value();
    std::filesystem::remove(socket_);
    return pair;
  }

  Result<std::string> read_all(ByteStream& stream) {
    const auto task = [&]() -> Task<Result<std::string>> {
      std::string all;
      base::Bytes some(1000);
      for (;;) {
        const auto got = CO_TRY(co_await stream.read(some, soon()));
        if (got == 0) co_return all;
        all += base::as_text(base::ByteSpan(some).first(got));
      }
    };
    return finish(task());
  }

  base::TemporaryFolder folder_;
  std::filesystem::path socket_ = folder_.path() / "control.sock";
  std::unique_ptr<SystemLoop> loop_ = make_system_loop();
};

TEST_F(Streams, CarryBytesBothWaysAndEnd) {
  auto [here, there] = local_pair();
  ASSERT_TRUE(finish(here->write(base::as_bytes("ask"), soon())));
  here->finish();
  EXPECT_EQ(read_all(*there).value(), "ask");
  ASSERT_TRUE(finish(there->write(base::as_bytes("answer"), soon())));
  there.reset();
  EXPECT_EQ(read_all(*here).value(), "answer");
}

TEST_F(Streams, SayWhoIsThere) {
  auto [here, there] = local_pair();
  EXPECT_EQ(there->peer_user(), ::getuid());
  const auto listener = loop_->listen({IpAddress::v4(127, 0, 0, 1), 0}).value();
  auto over_tcp = finish(loop_->connect({IpAddress::v4(127, 0, 0, 1), listener->port()}, soon()));
  ASSERT_TRUE(over_tcp) << over_tcp.error().message;
  EXPECT_EQ((*over_tcp)->peer_user(), std::nullopt);
  EXPECT_TRUE(finish(listener->accept(soon())));
}

TEST_F(Streams, WaitForAReaderWhoIsSlow) {
  auto [here, there] = local_pair();
  const std::string much(8 << 20, 'x');
  EXPECT_EQ(finish(here->write(base::as_bytes(much), soon(milliseconds(50)))).error().code,
            Code::timeout);
  Tasks tasks(*loop_);
  auto [from, to] = local_pair();
  const auto write = [&](ByteStream& stream) -> Task<void> {
    EXPECT_TRUE(co_await stream.write(base::as_bytes(much), soon()));
    stream.finish();
  };
  tasks.spawn(write(*from));
  EXPECT_EQ(read_all(*to).value().size(), much.size());
}

TEST_F(Streams, EndAWaitAtItsDeadline) {
  auto [here, there] = local_pair();
  base::Bytes some(10);
  EXPECT_EQ(finish(here->read(some, soon(milliseconds(10)))).error().code, Code::timeout);
  // It can be asked again, and a wait that nobody sees the end of harms nothing.
  {
    const auto dropped = here->read(some, soon());
  }
  {
    Tasks tasks(*loop_);
    const auto wait = [&]() -> Task<void> { (void)co_await here->read(some, soon()); };
    tasks.spawn(wait());
  }
  ASSERT_TRUE(finish(there->write(base::as_bytes("x"), soon())));
  EXPECT_EQ(finish(here->read(some, soon())).value(), 1U);
}

TEST_F(Streams, RefuseWhatCannotBe) {
  EXPECT_EQ(loop_->connect_local(socket_).error().code, Code::not_found);
  EXPECT_EQ(loop_->listen_local(folder_.path() / "no" / "s", 0600).error().code, Code::not_found);
  EXPECT_EQ(loop_->listen_local(folder_.path() / std::string(120, 's'), 0600).error().code,
            Code::invalid);
  {
    const auto listener = loop_->listen_local(socket_, 0600).value();
    EXPECT_EQ(std::filesystem::status(socket_).permissions(),
              std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    EXPECT_EQ(loop_->listen_local(socket_, 0600).error().code, Code::conflict);
  }
  // Its name is left when nobody listens any more.
  EXPECT_EQ(loop_->connect_local(socket_).error().code, Code::unavailable);
  const auto listener = loop_->listen({IpAddress::v4(127, 0, 0, 1), 0}).value();
  const Endpoint taken{IpAddress::v4(127, 0, 0, 1), listener->port()};
  EXPECT_EQ(loop_->listen(taken).error().code, Code::conflict);
}

TEST_F(Streams, NameASocketInADeepFolder) {
  const auto deep = folder_.path() / std::string(200, 'd');
  std::filesystem::create_directory(deep);
  const auto listener = loop_->listen_local(deep / "control.sock", 0600);
  ASSERT_TRUE(listener) << listener.error().message;
  EXPECT_TRUE(loop_->connect_local(deep / "control.sock"));
}

TEST_F(Streams, TellOfSignals) {
  std::vector<Signal> seen;
  loop_->on_signals([&](Signal signal) {
    seen.push_back(signal);
    if (seen.size() == 2) loop_->stop();
  });
  ::kill(::getpid(), SIGTERM);
  loop_->post([] { ::kill(::getpid(), SIGHUP); });
  loop_->run();
  ASSERT_EQ(seen.size(), 2U);
  EXPECT_TRUE(std::ranges::contains(seen, Signal::hang_up));
  EXPECT_TRUE(std::ranges::contains(seen, Signal::terminate));
}

}  // namespace
}  // namespace tesseras::runtime
