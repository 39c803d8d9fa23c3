#include "foundation/http/server.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "foundation/base/text.hpp"
#include "foundation/http/limits.hpp"
#include "foundation/runtime/system_loop.hpp"

namespace tesseras::http {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

Response echo(std::string_view target) {
  if (target != "/metrics") return {.status = 404, .body = "there is no such page\n"};
  return {.body = "up 1\n"};
}

std::string whole_answer(std::string_view request) {
  return answer(request, echo).value_or("(more)");
}

TEST(Answer, GivesWhatIsAskedFor) {
  const auto get = whole_answer("GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_THAT(get, StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(get, HasSubstr("\r\nContent-Length: 5\r\n"));
  EXPECT_THAT(get, EndsWith("\r\n\r\nup 1\n"));
  const auto head = whole_answer("HEAD /metrics HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_THAT(head, HasSubstr("\r\nContent-Length: 5\r\n"));
  EXPECT_THAT(head, EndsWith("\r\n\r\n"));
  EXPECT_THAT(whole_answer("GET / HTTP/1.0\r\n\r\n"), StartsWith("HTTP/1.1 404 Not Found\r\n"));
}

TEST(Answer, WaitsForTheRest) {
  const std::string request = "GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n";
  for (std::size_t size = 0; size < request.size(); ++size) {
    EXPECT_EQ(whole_answer(request.substr(0, size)), "(more)") << size;
  }
}

TEST(Answer, RefusesWhatItDoesNotTake) {
  EXPECT_THAT(whole_answer("POST /metrics HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"),
              StartsWith("HTTP/1.1 4"));
  EXPECT_THAT(whole_answer("DELETE / HTTP/1.1\r\nHost: a\r\n\r\n"),
              StartsWith("HTTP/1.1 405 Method Not Allowed\r\n"));
  EXPECT_THAT(whole_answer("\x16\x03\x01 no\r\n\r\n"), StartsWith("HTTP/1.1 400 "));
  EXPECT_THAT(whole_answer("GET /\r\n\r\n"), StartsWith("HTTP/1.1 400 "));
  EXPECT_THAT(whole_answer("GET / HTTP/1.1\r\nbad header\r\n\r\n"), StartsWith("HTTP/1.1 400 "));
  EXPECT_THAT(whole_answer("GET / HTTP/1.1\r\nx: " + std::string(Limits::header_bytes_max, 'x')),
              StartsWith("HTTP/1.1 431 "));
}

TEST(Server, AnswersManyOneAfterAnother) {
  const auto loop = runtime::make_system_loop();
  Server server(*loop, loop->listen({runtime::IpAddress::v4(127, 0, 0, 1), 0}).value(), echo);
  const auto ask = [&](std::string request) -> runtime::Task<base::Result<std::string>> {
    const auto deadline = loop->now() + std::chrono::seconds(20);
    const auto stream = CO_TRY(
        co_await loop->connect({runtime::IpAddress::v4(127, 0, 0, 1), server.port()}, deadline));
    CO_TRY(co_await stream->write(base::as_bytes(request), deadline));
    std::string all;
    base::Bytes some(100);
    for (;;) {
      const auto got = CO_TRY(co_await stream->read(some, deadline));
      if (got == 0) co_return all;
      all += base::as_text(base::ByteSpan(some).first(got));
    }
  };
  std::vector<std::string> answers;
  const auto ask_all = [&]() -> runtime::Task<void> {
    // The first goes away without a word; nobody else waits for it.
    (void)co_await loop->connect({runtime::IpAddress::v4(127, 0, 0, 1), server.port()},
                                 loop->now() + std::chrono::seconds(20));
    for (int i = 0; i < 100; ++i) {
      answers.push_back((co_await ask("GET /metrics HTTP/1.1\r\n\r\n")).value_or("failed"));
    }
    loop->stop();
  };
  runtime::Tasks tasks(*loop);
  tasks.spawn(ask_all());
  loop->run();
  ASSERT_EQ(answers.size(), 100U);
  for (const auto& one : answers) EXPECT_THAT(one, EndsWith("\r\n\r\nup 1\n"));
}

}  // namespace
}  // namespace tesseras::http
