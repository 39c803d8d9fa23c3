#include "node/control.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <optional>
#include <vector>

#include "foundation/base/folder_fixture.hpp"
#include "foundation/base/text.hpp"
#include "foundation/wire/frame.hpp"

namespace tesseras::node {
namespace {

using base::Code;
using base::Result;
using runtime::Task;
using std::chrono::seconds;
using ::testing::HasSubstr;

Task<Result<ControlAnswer>> handle(std::string method, base::Bytes body, runtime::ByteStream&) {
  if (method == "echo") co_return ControlAnswer{body};
  if (method == "more") {
    co_return ControlAnswer{body, [](runtime::ByteStream& stream) {
                              return stream.write(base::as_bytes("and more"),
                                                  base::Instant::never());
                            }};
  }
  if (method == "lose") co_return base::fail(Code::not_found, "{} is not here", "\xff");
  co_return base::fail(Code::unsupported, "this daemon knows no '{}'", method);
}

class Control : public ::testing::Test {
 protected:
  Result<std::unique_ptr<ControlServer>> open(ControlAccess access = ControlAccess::owner) {
    return ControlServer::open(*loop_, runtime::posix_disk(), folder_.path(), access, handle,
                               runtime::Log(runtime::no_log(), "test"));
  }
  Result<std::string> ask(std::string_view method, std::string_view body) {
    const auto answer =
        ask_daemon(*loop_, folder_.path(), method, base::as_bytes(body), seconds(20));
    if (!answer) return base::fail(answer.error());
    return std::string(base::as_text(*answer));
  }

  std::filesystem::path socket() const { return control_socket_of(folder_.path()); }
  template <class T>
  T finish(Task<T> task) {
    std::optional<T> done;
    runtime::Tasks tasks(*loop_);
    const auto keep = [&]() -> Task<void> {
      done = co_await std::move(task);
      loop_->stop();
    };
    tasks.spawn(keep());
    if (!done) loop_->run();
    return *std::move(done);
  }

  base::TemporaryFolder folder_;
  std::unique_ptr<runtime::SystemLoop> loop_ = runtime::make_system_loop();
};

TEST_F(Control, AnswersItsUser) {
  const auto server = open();
  ASSERT_TRUE(server) << server.error().message;
  EXPECT_EQ(ask("echo", "hello").value(), "hello");
  EXPECT_EQ(ask("echo", std::string(60'000, 'x')).value().size(), 60'000U);
  const auto refused = ask("nonsense", "");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::unsupported);
  EXPECT_THAT(refused.error().message, HasSubstr("knows no 'nonsense'"));
  const auto lost = ask("lose", "");
  ASSERT_FALSE(lost);
  EXPECT_EQ(lost.error().code, Code::not_found) << "all twelve codes pass";
  EXPECT_EQ(lost.error().message, "\xEF\xBF\xBD is not here");
}

TEST_F(Control, GivesWhatFollowsAnAnswer) {
  const auto server = open();
  std::string come;
  const auto read = [&](base::ByteSpan body, runtime::ByteStream& stream) -> Task<Result<void>> {
    come = base::as_text(body);
    base::Bytes piece(3);
    while (come.size() < 12) {
      const auto count = CO_TRY(co_await stream.read(piece, base::Instant::never()));
      if (count == 0) co_return base::fail(Code::unavailable, "too little");
      come += base::as_text(base::ByteSpan(piece).first(count));
    }
    co_return Result<void>();
  };
  const auto answer = ask_daemon(*loop_, folder_.path(), "more", base::as_bytes("some"),
                                 seconds(20), {}, nullptr, read);
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(come, "someand more");
}

TEST_F(Control, SaysWhatToDoWhenNobodyRuns) {
  const auto nobody = ask("echo", "");
  ASSERT_FALSE(nobody);
  EXPECT_EQ(nobody.error().code, Code::unavailable);
  EXPECT_THAT(nobody.error().message, HasSubstr("start one with `tesseras-daemon --data-dir "));
}

TEST_F(Control, TakesTheSocketOfOneThatWasKilled) {
  const auto socket = control_socket_of(folder_.path());
  std::filesystem::create_directories(socket.parent_path());
  std::filesystem::permissions(socket.parent_path(), std::filesystem::perms::owner_all);
  {
    const auto left_over = loop_->listen_local(socket, 0600).value();
  }
  ASSERT_TRUE(std::filesystem::exists(socket));
  {
    const auto server = open();
    ASSERT_TRUE(server) << server.error().message;
    EXPECT_EQ(ask("echo", "a").value(), "a");
  }
  EXPECT_FALSE(std::filesystem::exists(socket));
}

TEST_F(Control, LetsNobodyInButWhoIsMeantWhateverTheUmask) {
  const auto folder = socket().parent_path();
  std::filesystem::create_directory(folder);
  std::filesystem::permissions(folder,
                               std::filesystem::perms::all);  // and whatever was there before
  std::filesystem::permissions(folder_.path(), static_cast<std::filesystem::perms>(0710));
  const auto mode_of = [](const std::filesystem::path& at) {
    return static_cast<unsigned>(std::filesystem::status(at).permissions());
  };
  for (const ::mode_t mask : {0000U, 0077U}) {
    const auto usual = ::umask(mask);
    for (const auto access : {ControlAccess::group, ControlAccess::owner}) {
      const auto server = open(access);
      ASSERT_TRUE(server) << server.error().message;
      EXPECT_EQ(mode_of(folder), control_modes(access).folder);
      EXPECT_EQ(mode_of(socket()), control_modes(access).socket);
    }
    std::filesystem::remove(folder);
    (void)::umask(usual);
  }
}

TEST_F(Control, ServesNoGroupWhereOthersMayPutADaemonOfTheirs) {
  for (const int mode : {0770, 0712, 0700}) {
    std::filesystem::permissions(folder_.path(), static_cast<std::filesystem::perms>(mode));
    const auto refused = open(ControlAccess::group);
    ASSERT_EQ(refused.has_value(), ::geteuid() == 0 && mode != 0700)
        << "root's is believed anywhere";
    if (!refused) {
      EXPECT_EQ(refused.error().code, Code::denied);
      EXPECT_THAT(refused.error().message, HasSubstr("chmod 710"));
    }
  }
}

TEST_F(Control, IsNotLockedOutByItsOwnIdleConnections) {
  const auto server = open().value();
  std::vector<std::unique_ptr<runtime::ByteStream>> idle;
  base::Bytes some(100);
  const auto question = wire::encode(wire::Request{wire::RequestId{1}, "echo", some}).value();
  for (std::size_t i = 0; i < ControlSeatLimits::of_guests_max + 1; ++i) {
    auto& stream = *idle.emplace_back(loop_->connect_local(socket()).value());
    ASSERT_TRUE(finish(stream.write(question, loop_->now() + seconds(20))));
    ASSERT_GT(finish(stream.read(some, loop_->now() + seconds(20))).value(), 0U);
  }
  EXPECT_EQ(ask("echo", "I am here, too").value(), "I am here, too");
  // The oldest has gone, the newest has not.
  while (finish(idle.front()->read(some, loop_->now() + seconds(20))).value() != 0) {
  }
  EXPECT_TRUE(finish(idle.back()->write(question, loop_->now() + seconds(20))));
  EXPECT_GT(finish(idle.back()->read(some, loop_->now() + seconds(20))).value_or(0), 0U);
}

TEST_F(Control, LivesOnAfterNonsense) {
  const auto server = open().value();
  const auto say = [&](std::string bytes) -> Task<void> {
    const auto stream = loop_->connect_local(control_socket_of(folder_.path())).value();
    (void)co_await stream->write(base::as_bytes(bytes), loop_->now() + seconds(20));
    stream->finish();
    base::Bytes some(100);
    while ((co_await stream->read(some, loop_->now() + seconds(20))).value_or(0) != 0) {
    }
    loop_->stop();
  };
  using namespace std::string_literals;
  for (const auto& bytes : {""s, "\0"s, "\xff\xff\xff\xff"s, "\0\0\0\x04junk"s, "\0\0\0\x09half"s,
                            "GET / HTTP/1.1\r\n\r\n"s}) {
    runtime::Tasks tasks(*loop_);
    tasks.spawn(say(bytes));
    loop_->run();
  }
  EXPECT_EQ(ask("echo", "still here").value(), "still here");
}

}  // namespace
}  // namespace tesseras::node
