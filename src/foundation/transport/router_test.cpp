#include "foundation/transport/router.hpp"

#include <gtest/gtest.h>

#include "foundation/transport/quic_fixture.hpp"
#include "foundation/transport/transport_fixture.hpp"

namespace tesseras::transport {
namespace {

class RouterTest : public TransportTest<QuicFixture> {
 protected:
  // A part of node 1 that knows one method, and says its own name.
  void add(Router& router, std::string method, std::string name) {
    router.add([method](std::string_view asked) { return asked == method; },
               [this, name](auto, auto stream, auto request) -> Task<void> {
                 (void)co_await write_answer(*stream, request.request.id, base::as_bytes(name),
                                             later());
                 stream->finish();
               });
  }
  Result<base::Bytes> ask(std::string_view method) {
    const auto session = open(0, 1);
    Result<base::Bytes> got;
    const auto body = [&]() -> Task<void> {
      got = co_await exchange(*session, method, {}, later());
    };
    EXPECT_TRUE(finish(body()));
    return got;
  }
};

TEST_F(RouterTest, EachMethodGoesToWhoseItIs) {
  begin();
  Router router(loop(1), node(1));
  add(router, "ping", "one");
  add(router, "send", "two");
  add(router, "send", "three");
  EXPECT_EQ(base::as_text(value_of(ask("ping"))), "one");
  EXPECT_EQ(base::as_text(value_of(ask("send"))), "two") << "the first that takes it";
  const auto other = ask("pong");
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().code, Code::unsupported);
  EXPECT_NE(other.error().message.find("pong"), std::string::npos) << other.error().message;
}

TEST_F(RouterTest, NobodyAnswersOnceItIsGone) {
  begin();
  {
    Router router(loop(1), node(1));
    add(router, "ping", "one");
    EXPECT_TRUE(ask("ping"));
  }
  EXPECT_EQ(code_of(ask("ping")), Code::unsupported);
}

}  // namespace
}  // namespace tesseras::transport
