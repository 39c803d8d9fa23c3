#include "foundation/dns/resolver.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <optional>

#include "foundation/base/bytes.hpp"
#include "foundation/dns/dnsmasq_fixture.hpp"
#include "foundation/dns/limits.hpp"
#include "foundation/runtime/system_loop.hpp"
#include "foundation/runtime/tasks.hpp"

namespace tesseras::dns {
namespace {

using base::Code;
using runtime::IpAddress;
using runtime::Task;
using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

std::string be16(std::size_t value) {
  return {static_cast<char>(value >> 8U), static_cast<char>(value & 0xFFU)};
}

// A record of the name that was asked for.
std::string record(std::uint16_t type, const std::string& data) {
  return "\xC0\x0C" + be16(type) + be16(1) + std::string(4, '\0') + be16(data.size()) + data;
}

// A name server that says what a test wants it to say.
class Server final : public runtime::DatagramHandler {
 public:
  // Gives the whole answer to a query, or none.
  using Answer = std::function<std::optional<std::string>(const std::string& query)>;

  Server(runtime::Loop& loop, Answer answer) : answer_(std::move(answer)) {
    socket_ = loop.bind_datagrams({IpAddress::v4(127, 0, 0, 1), 0}, *this).value();
  }
  runtime::Endpoint at() const { return socket_->local(); }
  int asked = 0;

  // `query` with records behind its question.
  static std::string with(const std::string& query, const std::vector<std::string>& records) {
    // The question: twelve bytes of header, labels up to an empty one, type and class.
    const auto end = query.find('\0', 12) + 5;
    std::string answer = query.substr(0, 2) + "\x81\x80" + be16(1) + be16(records.size()) +
                         std::string(4, '\0') + query.substr(12, end - 12);
    for (const auto& one : records) answer += one;
    return answer;
  }
  static std::uint16_t type_of(const std::string& query) {
    return static_cast<std::uint8_t>(query[query.find('\0', 12) + 2]);
  }

  void on_datagrams(std::span<const runtime::IncomingDatagrams> batch) override {
    for (const auto& one : batch) {
      ++asked;
      const auto answer = answer_(std::string(base::as_text(one.bytes)));
      if (!answer) continue;
      const runtime::OutgoingDatagrams out{one.from, base::as_bytes(*answer)};
      socket_->send({&out, 1});
    }
  }
  void on_writable() override {}

 private:
  Answer answer_;
  std::unique_ptr<runtime::DatagramSocket> socket_;
};

constexpr std::uint16_t type_a = 1, type_txt = 16, type_aaaa = 28;

struct ResolverTest : ::testing::Test {
  std::unique_ptr<runtime::SystemLoop> loop = runtime::make_system_loop();

  std::unique_ptr<Resolver> resolver_at(const runtime::Endpoint& server) {
    return make_resolver(*loop, {.servers = {server}}).value();
  }
  template <class T>
  T run(Task<T> task) {
    std::optional<T> got;
    runtime::Tasks tasks(*loop);
    const auto wait = [&]() -> Task<void> {
      got = co_await std::move(task);
      loop->stop();
    };
    // Not before the loop runs: a task may end at once.
    loop->post([&] { tasks.spawn(wait()); });
    loop->run();
    return *std::move(got);
  }
  base::Instant soon() const { return loop->now() + seconds(30); }
};

TEST_F(ResolverTest, GivesBothFamilies) {
  Server server(*loop, [](const std::string& query) {
    const bool is_v6 = Server::type_of(query) == type_aaaa;
    return Server::with(
        query, {is_v6 ? record(type_aaaa, "\x20\x01\x0d\xb8" + std::string(11, '\0') + "\x07")
                      : record(type_a, "\xC0" + std::string(1, '\0') + "\x02\x01")});
  });
  const auto resolver = resolver_at(server.at());
  const auto found = run(resolver->resolve("peer.test", soon()));
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_THAT(*found,
              UnorderedElementsAre(IpAddress::v4(192, 0, 2, 1), *IpAddress::parse("2001:db8::7")));
}

TEST_F(ResolverTest, AsksAgainEachTime) {
  char last = 1;
  Server server(*loop, [&](const std::string& query) {
    if (Server::type_of(query) == type_aaaa) return Server::with(query, {});
    return Server::with(query, {record(type_a, std::string("\xC0\x00\x02", 3) + last)});
  });
  const auto resolver = resolver_at(server.at());
  const auto first = run(resolver->resolve("peer.test", soon()));
  ASSERT_TRUE(first) << first.error().message;
  EXPECT_THAT(*first, ElementsAre(IpAddress::v4(192, 0, 2, 1)));
  last = 2;
  const auto second = run(resolver->resolve("peer.test", soon()));
  ASSERT_TRUE(second) << second.error().message;
  EXPECT_THAT(*second, ElementsAre(IpAddress::v4(192, 0, 2, 2)));
}

TEST_F(ResolverTest, JoinsTheStringsOfAText) {
  Server server(*loop, [](const std::string& query) {
    return Server::with(query, {record(type_txt,
                                       "\x03"
                                       "one"
                                       "\x04"
                                       " two"),
                                record(type_txt, std::string(1, '\0'))});
  });
  const auto resolver = resolver_at(server.at());
  const auto found = run(resolver->texts("_tesseras._udp.test", soon()));
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_THAT(*found, UnorderedElementsAre("one two", ""));
}

TEST_F(ResolverTest, KnowsAddressesAndThisMachineByItself) {
  Server server(*loop, [](const std::string&) { return std::nullopt; });
  const auto resolver = resolver_at(server.at());
  const auto literal = run(resolver->resolve("2001:db8::1", soon()));
  ASSERT_TRUE(literal);
  EXPECT_THAT(*literal, ElementsAre(*IpAddress::parse("2001:db8::1")));
  const auto local = run(resolver->resolve("localhost", soon()));
  ASSERT_TRUE(local) << local.error().message;
  for (const auto& address : *local) EXPECT_TRUE(address.is_loopback()) << address.text();
  EXPECT_EQ(server.asked, 0);
}

TEST_F(ResolverTest, SaysThatThereIsNoSuchName) {
  Server server(*loop, [](const std::string& query) {
    auto answer = Server::with(query, {});
    answer[3] = '\x83';
    return answer;
  });
  const auto resolver = resolver_at(server.at());
  const auto host = run(resolver->resolve("gone.test", soon()));
  ASSERT_FALSE(host);
  EXPECT_EQ(host.error().code, Code::not_found);
  EXPECT_THAT(host.error().message, HasSubstr("gone.test"));
  const auto text = run(resolver->texts("gone.test", soon()));
  ASSERT_FALSE(text);
  EXPECT_EQ(text.error().code, Code::not_found);
}

TEST_F(ResolverTest, RefusesMoreThanANodeCanUse) {
  Server server(*loop, [](const std::string& query) {
    std::vector<std::string> records;
    const auto type = Server::type_of(query);
    if (type == type_a) {
      for (std::size_t i = 0; i <= Limits::addresses_max; ++i)
        records.push_back(record(type_a, std::string("\xC0\x00\x02", 3) + static_cast<char>(i)));
    } else if (type == type_txt && query.contains("many")) {
      records.assign(Limits::texts_max + 1, record(type_txt, "\x01x"));
    } else if (type == type_txt) {
      std::string data;
      for (int i = 0; i < 5; ++i) data += "\xFF" + std::string(255, 'x');
      records.push_back(record(type_txt, data));
    }
    return Server::with(query, records);
  });
  const auto resolver = resolver_at(server.at());
  const auto host = run(resolver->resolve("many.test", soon()));
  ASSERT_FALSE(host);
  EXPECT_EQ(host.error().code, Code::invalid);
  EXPECT_THAT(host.error().message, HasSubstr("more than 32 addresses"));
  const auto many = run(resolver->texts("many.test", soon()));
  ASSERT_FALSE(many);
  EXPECT_THAT(many.error().message, HasSubstr("more than 32 texts"));
  const auto large = run(resolver->texts("large.test", soon()));
  ASSERT_FALSE(large);
  EXPECT_THAT(large.error().message, HasSubstr("more than 1024 bytes"));
}

TEST_F(ResolverTest, TakesNothingFromNonsense) {
  for (const std::size_t kept : {3U, 12U, 20U, 40U}) {
    Server server(*loop, [&](const std::string& query) {
      return Server::with(query, {record(type_a, "\xC0")}).substr(0, kept);
    });
    const auto resolver = resolver_at(server.at());
    const auto found = run(resolver->resolve("peer.test", soon()));
    ASSERT_FALSE(found) << kept;
    EXPECT_TRUE(found.error().code == Code::corrupt || found.error().code == Code::timeout ||
                found.error().code == Code::unavailable)
        << found.error().message;
  }
}

TEST_F(ResolverTest, IgnoresAnswersToOtherQuestions) {
  Server server(*loop, [](const std::string& query) {
    auto answer = Server::with(query, {record(type_a, "\x06\x06\x06\x06")});
    answer[0] = static_cast<char>(answer[0] ^ 1);
    return answer;
  });
  const auto resolver = resolver_at(server.at());
  const auto found = run(resolver->resolve("peer.test", loop->now() + milliseconds(300)));
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, Code::timeout);
}

TEST_F(ResolverTest, WaitsNoLongerThanItMay) {
  Server server(*loop, [](const std::string&) { return std::nullopt; });
  const auto resolver = resolver_at(server.at());
  const auto found = run(resolver->texts("silent.test", loop->now() + milliseconds(50)));
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, Code::timeout);
  EXPECT_THAT(found.error().message, HasSubstr("silent.test"));
}

TEST_F(ResolverTest, RefusesWhatIsNoName) {
  const auto resolver = resolver_at({IpAddress::v4(127, 0, 0, 1), 9});
  for (const std::string& name : {std::string(), std::string("a\0b", 3), std::string(300, 'a'),
                                  std::string(70, 'a') + ".test", std::string("a..test")}) {
    const auto found = run(resolver->resolve(name, soon()));
    ASSERT_FALSE(found) << name;
    EXPECT_TRUE(found.error().code == Code::invalid || found.error().code == Code::not_found)
        << found.error().message;
  }
}

TEST_F(ResolverTest, BoundsWhatIsUnderWay) {
  Server server(*loop, [](const std::string&) { return std::nullopt; });
  const auto resolver = resolver_at(server.at());
  runtime::Tasks tasks(*loop);
  int waiting = 0;
  const auto ask = [&](int i) -> Task<void> {
    ++waiting;
    (void)co_await resolver->texts(std::to_string(i) + ".test", base::Instant::never());
    --waiting;
  };
  for (std::size_t i = 0; i < Limits::questions_max; ++i) tasks.spawn(ask(static_cast<int>(i)));
  EXPECT_EQ(waiting, Limits::questions_max);
  const auto more = run(resolver->texts("one-more.test", soon()));
  ASSERT_FALSE(more);
  EXPECT_EQ(more.error().code, Code::exhausted);
}

TEST_F(ResolverTest, CanBeDroppedWithQuestionsUnderWay) {
  Server server(*loop, [](const std::string&) { return std::nullopt; });
  auto resolver = resolver_at(server.at());
  std::optional<Code> ended;
  const auto ask = [&]() -> Task<void> {
    const auto found = co_await resolver->resolve("silent.test", base::Instant::never());
    ended = found ? Code::internal : found.error().code;
    loop->stop();
  };
  runtime::Tasks tasks(*loop);
  tasks.spawn(ask());
  {
    runtime::Tasks dropped(*loop);
    dropped.spawn(ask());
  }
  loop->post([&] { resolver.reset(); });
  loop->run();
  EXPECT_EQ(ended, Code::cancelled);
}

// c-ares' thread answers while the loop's drops: for the sanitizers.
TEST_F(ResolverTest, CanBeDroppedWhileAnswersCome) {
  Server server(*loop, [](const std::string& query) {
    return Server::with(query, {record(type_txt, "\x01x")});
  });
  for (int i = 0; i < 30; ++i) {
    auto resolver = resolver_at(server.at());
    runtime::Tasks tasks(*loop);
    const auto ask = [&]() -> Task<void> {
      (void)co_await resolver->texts("peer.test", base::Instant::never());
    };
    for (int j = 0; j < 8; ++j) tasks.spawn(ask());
    const auto end = loop->call_at(loop->now() + std::chrono::microseconds(100 * i), [&] {
      resolver.reset();
      loop->stop();
    });
    loop->run();
  }
}

TEST_F(ResolverTest, AsksARealServer) {
  if (!Dnsmasq::is_installed()) GTEST_SKIP() << "dnsmasq is not installed";
  std::vector<std::string> records = {
      "--host-record=both.test,192.0.2.1,2001:db8::1", "--host-record=six.test,2001:db8::6",
      "--cname=alias.test,six.test", "--txt-record=_tesseras._udp.test,one,two"};
  // More than a datagram holds: asked again over TCP.
  for (int i = 0; i < 30; ++i)
    records.push_back("--txt-record=large.test," + std::to_string(100 + i) + std::string(200, 'x'));
  const auto server = Dnsmasq::start(records);
  ASSERT_TRUE(server);
  const auto resolver = resolver_at(server->at());
  const auto both = run(resolver->resolve("both.test", soon()));
  ASSERT_TRUE(both) << both.error().message;
  EXPECT_THAT(*both,
              UnorderedElementsAre(IpAddress::v4(192, 0, 2, 1), *IpAddress::parse("2001:db8::1")));
  const auto alias = run(resolver->resolve("alias.test", soon()));
  ASSERT_TRUE(alias) << alias.error().message;
  EXPECT_THAT(*alias, ElementsAre(*IpAddress::parse("2001:db8::6")));
  const auto text = run(resolver->texts("_tesseras._udp.test", soon()));
  ASSERT_TRUE(text) << text.error().message;
  EXPECT_THAT(*text, ElementsAre("onetwo"));
  const auto large = run(resolver->texts("large.test", soon()));
  ASSERT_TRUE(large) << large.error().message;
  EXPECT_THAT(*large, SizeIs(30));
  const auto none = run(resolver->resolve("none.test", soon()));
  ASSERT_FALSE(none);
}

}  // namespace
}  // namespace tesseras::dns
