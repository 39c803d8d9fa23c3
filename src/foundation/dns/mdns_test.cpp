#include "foundation/dns/mdns.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "foundation/dns/announcement.hpp"
#include "foundation/dns/limits.hpp"

namespace tesseras::dns {
namespace {

using base::Result;
using runtime::Endpoint;
using runtime::IpAddress;
using runtime::NetworkLink;
using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::IsEmpty;

const Name service = Name::of("_tesseras._udp.local");
const IpAddress loopback = IpAddress::v4(127, 0, 0, 1);

// Somebody on the network who says what a test likes.
class Somebody final : public runtime::DatagramHandler {
 public:
  void on_datagrams(std::span<const runtime::IncomingDatagrams> batch) override {
    for (const auto& one : batch) {
      auto message = decode_message(one.bytes);
      if (message) heard.emplace_back(one.from, *std::move(message));
    }
  }
  void on_writable() override {}
  void say(const Endpoint& to, const Message& message) {
    const auto bytes = encode_message(message);
    const runtime::OutgoingDatagrams out{to, bytes};
    socket->send({&out, 1});
  }
  // Responses from the address with a record of that name.
  std::size_t responses(const Name& name) const {
    return static_cast<std::size_t>(std::ranges::count_if(heard, [&](const auto& one) {
      return one.second.is_response &&
             std::ranges::contains(one.second.records, name, &Record::name);
    }));
  }

  std::vector<std::pair<Endpoint, Message>> heard;
  std::unique_ptr<runtime::DatagramSocket> socket;
};

class Warnings final : public runtime::LogLines {
 public:
  bool wants(runtime::LogLevel level, std::string_view) const override {
    return level >= runtime::LogLevel::warn;
  }
  void write(runtime::LogLevel, std::string_view, std::string_view,
             std::initializer_list<runtime::LogField>) override {
    ++count;
  }
  int count = 0;
};

// On the loopback, on a port that is free.
struct MdnsTest : ::testing::Test {
  void SetUp() override {
    const auto links = runtime::network_links();
    ASSERT_TRUE(links);
    const auto at = std::ranges::find_if(*links, &NetworkLink::is_loopback);
    if (at == links->end()) GTEST_SKIP() << "this machine has no loopback";
    link = *at;
    std::erase_if(link.addresses, [](const auto& one) { return !one.address.is_v4(); });
    // The first one decides on the port.
    somebody.socket =
        loop->bind_multicast({IpAddress::v4(224, 0, 0, 251), 0}, link, somebody).value();
  }
  std::unique_ptr<Mdns> make(const std::string& instance, std::uint16_t port) {
    return std::make_unique<Mdns>(
        *loop,
        MdnsOptions{.service = "_tesseras._udp",
                    .instance = instance,
                    .texts = {"v=1"},
                    .listening = {{loopback, port}},
                    .port = group().port,
                    .networks = [this]() -> Result<std::vector<NetworkLink>> { return networks; }},
        [this, instance](const Neighbour& neighbour) {
          for (const auto& endpoint : neighbour.endpoints)
            found.push_back(instance + " " + neighbour.instance.labels[0] + " " + endpoint.text());
        },
        runtime::Log(warnings, "test"));
  }
  Endpoint group() const { return somebody.socket->local(); }
  void run_for(base::nanoseconds span) {
    const auto end = loop->call_at(loop->now() + span, [this] { loop->stop(); });
    loop->run();
  }
  void run_until(const std::function<bool()>& is_done) {
    const auto late = loop->now() + seconds(20);
    while (!is_done() && loop->now() < late) run_for(milliseconds(5));
    EXPECT_TRUE(is_done());
  }

  std::unique_ptr<runtime::SystemLoop> loop = runtime::make_system_loop();
  NetworkLink link;
  std::vector<NetworkLink> networks;
  Somebody somebody;
  Warnings warnings;
  std::vector<std::string> found;
};

TEST_F(MdnsTest, NeighboursFindEachOther) {
  networks = {link};
  const auto first = make("a", 1001);
  run_until([&] { return somebody.responses(service) > 0; });
  const auto second = make("b", 1002);
  run_until([&] { return found.size() >= 2; });
  run_for(milliseconds(300));
  EXPECT_THAT(found, ::testing::UnorderedElementsAre("a b 127.0.0.1:1002", "b a 127.0.0.1:1001"));
}

TEST_F(MdnsTest, SaysThatItIsGone) {
  networks = {link};
  auto one = make("a", 1001);
  run_until([&] { return somebody.responses(service) > 0; });
  somebody.heard.clear();
  one.reset();
  run_until([&] { return somebody.responses(service) > 0; });
  EXPECT_THAT(somebody.heard.back().second.records,
              ::testing::Each(Field(&Record::ttl_seconds, 0U)));
}

TEST_F(MdnsTest, AnswersAllOfThemOrOne) {
  networks = {link};
  const auto one = make("a", 1001);
  // Its announcements: then it is quiet.
  run_until([&] { return somebody.responses(service) == 3; });
  somebody.heard.clear();
  const Question question{service, RecordType::ptr, false};
  auto began = loop->now();
  somebody.say(group(), {0, false, {question}, {}});
  run_until([&] { return somebody.responses(service) == 1; });
  // A flood of questions is answered once a second.
  for (int i = 0; i < 200; ++i) somebody.say(group(), {0, false, {question}, {}});
  run_until([&] { return somebody.responses(service) == 2; });
  EXPECT_GE(loop->now() - began, seconds(1));

  // From a port of its own, as plain DNS does.
  Somebody plain;
  plain.socket = loop->bind_datagrams({loopback, 0}, plain).value();
  began = loop->now();
  for (int i = 0; i < 100; ++i) plain.say(group(), {9, false, {question}, {}});
  run_until([&] { return !plain.heard.empty(); });
  run_for(milliseconds(100));
  const auto whole_seconds = (loop->now() - began) / seconds(1);
  EXPECT_LE(static_cast<int>(plain.heard.size()),
            static_cast<int>(whole_seconds + 2) * Limits::unicast_answers_per_second);
  EXPECT_EQ(plain.heard[0].second.id, 9);
  EXPECT_THAT(plain.heard[0].second.questions, ElementsAre(question));
}

TEST_F(MdnsTest, AsksAgainForWhatWasLeftOut) {
  networks = {link};
  const auto one = make("a", 1001);
  const Announcement other{service, service.child("c"), Name::of("c.local"), 1003,
                           {"v=1"}, {loopback}};
  somebody.say(group(), {0, true, {}, {records_of(other)[0]}});
  run_until([&] {
    return std::ranges::any_of(somebody.heard, [&](const auto& one_heard) {
      return std::ranges::contains(one_heard.second.questions,
                                   Question{other.instance, RecordType::srv, false});
    });
  });
  EXPECT_THAT(found, IsEmpty());
  somebody.say(group(), {0, true, {}, records_of(other)});
  run_until([&] { return !found.empty(); });
  EXPECT_THAT(found, ElementsAre("a c 127.0.0.1:1003"));
}

TEST_F(MdnsTest, HearsNoAnswersFromElsewhere) {
  networks = {link};
  const auto one = make("a", 1001);
  const Announcement other{service, service.child("c"), Name::of("c.local"), 1003,
                           {"v=1"}, {loopback}};
  Somebody plain;  // not from the group's port
  plain.socket = loop->bind_datagrams({loopback, 0}, plain).value();
  plain.say(group(), {0, true, {}, records_of(other)});
  for (const std::string_view rubbish : {"", "x", "GET / HTTP/1.1\r\n\r\n", "\xff\xff\xff\xff"}) {
    const runtime::OutgoingDatagrams out{group(), base::as_bytes(rubbish)};
    plain.socket->send({&out, 1});
  }
  const Announcement honest{service, service.child("d"), Name::of("d.local"), 1004,
                            {"v=1"}, {loopback}};
  somebody.say(group(), {0, true, {}, records_of(honest)});
  run_until([&] { return !found.empty(); });
  EXPECT_THAT(found, ElementsAre("a d 127.0.0.1:1004"));
}

TEST_F(MdnsTest, LeavesNetworksAloneWhereItIsNotToBeReached) {
  networks = {link};
  const Mdns elsewhere(
      *loop,
      {.service = "_tesseras._udp",
       .instance = "q",
       .texts = {},
       .listening = {{IpAddress::v4(192, 0, 2, 1), 4433}, {*IpAddress::parse("::"), 4433}},
       .port = group().port,
       .networks = [this]() -> Result<std::vector<NetworkLink>> { return networks; }},
      [this](const Neighbour& neighbour) { found.push_back(neighbour.instance.labels[0]); },
      runtime::Log(runtime::no_log(), "test"));
  EXPECT_EQ(elsewhere.port(), 0);
  const auto one = make("a", 1001);
  run_until([&] { return somebody.responses(service) > 0; });
  run_for(milliseconds(200));
  EXPECT_THAT(found, IsEmpty());
  EXPECT_EQ(somebody.responses(service.child("q")), 0U);
}

TEST_F(MdnsTest, TakesAnyAddressForAllOfItsFamily) {
  networks = {link};
  const Mdns any(
      *loop,
      {.service = "_tesseras._udp",
       .instance = "any",
       .texts = {"v=1"},
       .listening = {{IpAddress::v4(0, 0, 0, 0), 7}, {loopback, 8}},
       .port = group().port,
       .networks = [this]() -> Result<std::vector<NetworkLink>> { return networks; }},
      [](const Neighbour&) {}, runtime::Log(runtime::no_log(), "test"));
  const auto one = make("a", 1001);
  run_until([&] { return !found.empty(); });
  EXPECT_THAT(found, ElementsAre("a any 127.0.0.1:7"));
}

TEST_F(MdnsTest, DoesWithoutNetworks) {
  const auto one = make("a", 1001);
  EXPECT_EQ(one->port(), 0);
  networks = {{1'000'000, "none0", false, link.addresses},
              {1'000'001, "none1", false, link.addresses}};
  const auto two = make("b", 1002);
  EXPECT_EQ(two->port(), 0);
  run_for(milliseconds(50));
  EXPECT_THAT(somebody.heard, IsEmpty());
  // Whoever listens is told once, however many there are.
  EXPECT_EQ(warnings.count, 1);
  // Where one can be had, it is used.
  networks.push_back(link);
  const auto three = make("c", 1003);
  EXPECT_EQ(three->port(), group().port);
}

}  // namespace
}  // namespace tesseras::dns
