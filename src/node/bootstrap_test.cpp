#include "node/bootstrap.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "foundation/dns/dnsmasq_fixture.hpp"
#include "foundation/runtime/disk_memory.hpp"
#include "foundation/runtime/manual_loop_fixture.hpp"
#include "foundation/runtime/system_loop.hpp"
#include "foundation/runtime/waiter.hpp"
#include "foundation/runtime/whole_file.hpp"

namespace tesseras::node {
namespace {

using base::Code;
using base::fail;
using base::Instant;
using base::Result;
using runtime::Endpoint;
using runtime::IpAddress;
using runtime::Task;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

// Knows what a test tells it, and answers after a second.
class FakeResolver final : public dns::Resolver {
 public:
  explicit FakeResolver(runtime::Loop& loop) : loop_(loop) {}

  std::map<std::string, std::vector<IpAddress>> hosts;
  std::map<std::string, std::vector<std::string>> records;
  int asked = 0;
  int under_way = 0;
  int most_under_way = 0;

  Task<Result<std::vector<IpAddress>>> resolve(std::string host, Instant deadline) override {
    return find(hosts, std::move(host), deadline);
  }
  Task<Result<std::vector<std::string>>> texts(std::string name, Instant deadline) override {
    return find(records, std::move(name), deadline);
  }

 private:
  template <class T>
  Task<Result<T>> find(const std::map<std::string, T>& in, std::string name, Instant /*deadline*/) {
    ++asked;
    most_under_way = std::max(most_under_way, ++under_way);
    co_await runtime::sleep_until(loop_, loop_.now() + seconds(1));
    --under_way;
    const auto at = in.find(name);
    if (at == in.end()) co_return fail(Code::not_found, "there is no {}", name);
    co_return at->second;
  }
  runtime::Loop& loop_;
};

class Lines final : public runtime::LogLines {
 public:
  bool wants(runtime::LogLevel level, std::string_view) const override {
    return level >= runtime::LogLevel::info;
  }
  void write(runtime::LogLevel level, std::string_view, std::string_view message,
             std::initializer_list<runtime::LogField> fields) override {
    std::string line = level == runtime::LogLevel::warn ? "warn " : "";
    line += message;
    for (const auto& field : fields) {
      line += ' ';
      line += field.name;
      line += '=';
      if (const auto* text = std::get_if<std::string>(&field.value)) line += *text;
      if (const auto* number = std::get_if<std::int64_t>(&field.value))
        line += std::to_string(*number);
    }
    lines.push_back(line);
  }
  std::size_t count(std::string_view part) const {
    return static_cast<std::size_t>(
        std::ranges::count_if(lines, [&](const std::string& line) { return line.contains(part); }));
  }
  std::vector<std::string> lines;
};

struct BootstrapTest : ::testing::Test {
  runtime::ManualLoop loop;
  runtime::MemoryDisk disk;
  FakeResolver resolver{loop};
  Lines lines;
  bool knows_nobody = true;
  std::vector<std::string> given;
  std::unique_ptr<Bootstrap> bootstrap;

  void start(BootstrapOptions options, bool has_resolver = true) {
    bootstrap = std::make_unique<Bootstrap>(
        loop, disk, has_resolver ? &resolver : nullptr, std::move(options),
        [this](const std::vector<Endpoint>& endpoints) {
          EXPECT_FALSE(endpoints.empty());
          for (const auto& one : endpoints) given.push_back(one.text());
        },
        [this] { return knows_nobody; }, runtime::Log(lines, "test"));
  }
  std::vector<std::string> taken() { return std::exchange(given, {}); }
  void write_peers(std::string_view text) {
    ASSERT_TRUE(disk.make_folders("/data", 0700));
    ASSERT_TRUE(runtime::replace_whole(disk, "/data/peers.txt", 0600, base::as_bytes(text)));
  }
};

TEST(BootstrapOptions, AreWhatTheConfigurationSays) {
  const auto usual = bootstrap_options(Config{}, {}, "/data");
  EXPECT_THAT(usual.peers, ElementsAre("boot1.tesseras.net:4433", "boot2.tesseras.net:4433"));
  EXPECT_EQ(usual.dns_domain, "_tesseras._udp.tesseras.net");
  EXPECT_EQ(usual.peers_file, "/data/peers.txt");
  const auto config =
      parse_config("[bootstrap]\ndns_domain = \"p.example\"\nhardcoded = [\"a.example:1\"]\n");
  ASSERT_TRUE(config);
  EXPECT_EQ(bootstrap_options(*config, {}, "/data").dns_domain, "p.example");
  EXPECT_THAT(bootstrap_options(*config, {}, "/data").peers, ElementsAre("a.example:1"));
}

TEST(BootstrapOptions, AreReplacedByAList) {
  const auto one = bootstrap_options(Config{}, {{"192.0.2.1:1"}}, "/data");
  EXPECT_THAT(one.peers, ElementsAre("192.0.2.1:1"));
  EXPECT_EQ(one.dns_domain, "");
  const auto none = bootstrap_options(Config{}, parse_peer_list("").value(), "/data");
  EXPECT_THAT(none.peers, IsEmpty());
  EXPECT_EQ(none.dns_domain, "");
  EXPECT_EQ(none.peers_file, "/data/peers.txt");
}

TEST_F(BootstrapTest, GivesAddressesAtOnceAndNamesWhenTheyAreKnown) {
  resolver.hosts["a.example"] = {IpAddress::v4(192, 0, 2, 1), *IpAddress::parse("2001:db8::1")};
  resolver.hosts["b.example"] = {IpAddress::v4(192, 0, 2, 2)};
  resolver.records["p.example"] = {"v=tesseras1 peer=b.example:2 peer=192.0.2.3:3", "v=other"};
  start({.peers = {"a.example:4433", "[2001:db8::9]:9", "gone.example:1"},
         .dns_domain = "p.example"});
  EXPECT_THAT(taken(), IsEmpty());  // never from inside of the constructor
  loop.run_for(milliseconds(1));
  EXPECT_THAT(taken(), ElementsAre("[2001:db8::9]:9"));
  loop.run_for(milliseconds(1500));
  EXPECT_THAT(taken(), UnorderedElementsAre("192.0.2.1:4433", "[2001:db8::1]:4433", "192.0.2.3:3"));
  loop.run_for(seconds(1));
  EXPECT_THAT(taken(), ElementsAre("192.0.2.2:2"));
  EXPECT_EQ(lines.count("place=gone.example why=there is no gone.example"), 1U);
}

TEST_F(BootstrapTest, AsksNobodyWhereNothingIsSetUp) {
  start({});
  loop.run_for(hours(1));
  EXPECT_THAT(given, IsEmpty());
  EXPECT_EQ(resolver.asked, 0);
  EXPECT_EQ(lines.count("warn no peer could be reached"), 1U);
}

TEST_F(BootstrapTest, UsesAddressesWithoutAResolver) {
  start({.peers = {"a.example:4433", "192.0.2.1:1"}, .dns_domain = "p.example"}, false);
  loop.run_for(seconds(10));
  EXPECT_THAT(taken(), ElementsAre("192.0.2.1:1"));
}

TEST_F(BootstrapTest, GoesOnWithLongerPausesWhileNobodyIsThere) {
  resolver.hosts["a.example"] = {IpAddress::v4(192, 0, 2, 1)};
  start({.peers = {"a.example:1"}});
  loop.run_for(seconds(10));
  EXPECT_EQ(resolver.asked, 1);
  EXPECT_EQ(lines.count("warn"), 0U);
  loop.run_for(minutes(1));
  EXPECT_EQ(resolver.asked, 2);
  // It has moved.
  resolver.hosts["a.example"] = {IpAddress::v4(192, 0, 2, 2)};
  taken();
  loop.run_for(minutes(3));
  EXPECT_THAT(taken(), Contains("192.0.2.2:1"));
  loop.run_for(hours(24));
  // 30 s doubled up to 30 min, each with up to a quarter more.
  EXPECT_GE(resolver.asked, 40);
  EXPECT_LE(resolver.asked, 56);
  EXPECT_EQ(lines.count("warn no peer could be reached"), 1U);
}

TEST_F(BootstrapTest, IsStillWhileThereArePeersAndBeginsAgainWhenTheyAreGone) {
  resolver.hosts["a.example"] = {IpAddress::v4(192, 0, 2, 1)};
  start({.peers = {"a.example:1"}});
  loop.run_for(seconds(3));
  knows_nobody = false;
  loop.run_for(hours(10));
  EXPECT_EQ(resolver.asked, 1);
  EXPECT_THAT(lines.lines, IsEmpty());
  knows_nobody = true;
  loop.run_for(seconds(8));
  EXPECT_EQ(resolver.asked, 2);
  EXPECT_EQ(lines.count("no peer is left"), 1U);
  loop.run_for(minutes(2));
  EXPECT_EQ(lines.count("warn no peer could be reached"), 1U);
  EXPECT_GE(resolver.asked, 3);
  EXPECT_LE(resolver.asked, 4);
}

TEST_F(BootstrapTest, DoesNotHurryWhenPeersComeAndGo) {
  resolver.hosts["a.example"] = {IpAddress::v4(192, 0, 2, 1)};
  start({.peers = {"a.example:1"}});
  for (int i = 0; i < 60; ++i) {
    knows_nobody = !knows_nobody;
    loop.run_for(seconds(5));
  }
  EXPECT_LE(resolver.asked, 11);
}

TEST_F(BootstrapTest, ReadsAPersonsFile) {
  write_peers("library.example:4433 # in town\nnonsense\n\n[2001:db8::7]:7\n");
  resolver.hosts["library.example"] = {IpAddress::v4(192, 0, 2, 1)};
  start({.peers_file = "/data/peers.txt"});
  loop.run_for(seconds(10));
  EXPECT_THAT(taken(), ElementsAre("[2001:db8::7]:7", "192.0.2.1:4433"));
  EXPECT_EQ(lines.count("file=/data/peers.txt line=2 text=nonsense"), 1U);
  // The same file is not complained of again; a new one is read.
  loop.run_for(minutes(5));
  EXPECT_EQ(lines.count("text=nonsense"), 1U);
  write_peers("192.0.2.9:9\nnonsense\n");
  taken();
  loop.run_for(hours(1));
  EXPECT_THAT(taken(), Contains("192.0.2.9:9"));
  EXPECT_EQ(lines.count("line=2 text=nonsense"), 2U);
}

TEST_F(BootstrapTest, SaysWhatIsWrongWithAFile) {
  write_peers(std::string(PeerNameLimits::file_bytes_max + 1, '#'));
  start({.peers_file = "/data/peers.txt"});
  loop.run_for(seconds(10));
  EXPECT_EQ(lines.count("place=/data/peers.txt"), 1U);
}

TEST_F(BootstrapTest, BoundsWhatNamesMakeItDo) {
  std::string text = "v=tesseras1";
  for (int i = 0; i < 40; ++i) {
    const auto host = "h" + std::to_string(i) + ".example";
    text += " peer=" + host + ":1";
    for (std::uint8_t j = 0; j < 20; ++j)
      resolver.hosts[host].push_back(IpAddress::v4(192, 0, static_cast<std::uint8_t>(i), j));
  }
  resolver.records["p.example"].assign(10, text);
  start({.dns_domain = "p.example"});
  loop.run_for(seconds(12));
  EXPECT_EQ(given.size(), BootstrapLimits::endpoints_per_round_max);
  EXPECT_EQ(resolver.asked, 1 + static_cast<int>(BootstrapLimits::text_peers_max));
  EXPECT_LE(resolver.most_under_way, static_cast<int>(BootstrapLimits::questions_max));
}

TEST_F(BootstrapTest, GivesNothingThatCannotBeDialled) {
  resolver.hosts["a.example"] = {IpAddress::v4(0, 0, 0, 0), IpAddress::v4(224, 0, 0, 1),
                                 *IpAddress::parse("ff02::1"), *IpAddress::parse("::"),
                                 IpAddress::v4(192, 0, 2, 1)};
  start({.peers = {"a.example:1", "0.0.0.0:1"}});
  loop.run_for(seconds(10));
  EXPECT_THAT(taken(), ElementsAre("192.0.2.1:1"));
}

TEST_F(BootstrapTest, CanBeDroppedAtAnyTime) {
  resolver.hosts["a.example"] = {IpAddress::v4(192, 0, 2, 1)};
  resolver.records["p.example"] = {"v=tesseras1 peer=a.example:2"};
  for (const int after_ms : {0, 1, 500, 1000, 1500, 2000, 2500, 60'000}) {
    start({.peers = {"a.example:1"}, .dns_domain = "p.example"});
    loop.run_for(milliseconds(after_ms));
    bootstrap.reset();
    taken();
    loop.run_for(minutes(5));
    EXPECT_THAT(taken(), IsEmpty()) << after_ms;
  }
}

// Through the real resolver, from a name server of others.
TEST(Bootstrap, FindsPeersThroughARealNameServer) {
  if (!dns::Dnsmasq::is_installed()) GTEST_SKIP() << "dnsmasq is not installed";
  const auto server = dns::Dnsmasq::start(
      {"--host-record=both.test,127.0.0.1,::1", "--host-record=six.test,2001:db8::6",
       "--txt-record=_tesseras._udp.test,v=tesseras1 peer=six.test:6,"
       " peer=192.0.2.9:9",
       "--txt-record=_tesseras._udp.test,v=spf1 -all"});
  ASSERT_TRUE(server);
  const auto loop = runtime::make_system_loop();
  const auto resolver = dns::make_resolver(*loop, {.servers = {server->at()}}).value();
  runtime::MemoryDisk disk;
  std::vector<std::string> given;
  const auto late = loop->call_at(loop->now() + seconds(30), [&] { loop->stop(); });
  Bootstrap bootstrap(
      *loop, disk, resolver.get(),
      {.peers = {"both.test:4433"}, .dns_domain = "_tesseras._udp.test"},
      [&](const std::vector<Endpoint>& endpoints) {
        for (const auto& one : endpoints) given.push_back(one.text());
        if (given.size() == 4) loop->stop();
      },
      [] { return true; }, runtime::Log(runtime::no_log(), "test"));
  loop->run();
  EXPECT_THAT(given, UnorderedElementsAre("127.0.0.1:4433", "[::1]:4433", "[2001:db8::6]:6",
                                          "192.0.2.9:9"));
}

}  // namespace
}  // namespace tesseras::node
