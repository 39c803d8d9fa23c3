#include "node/config.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "foundation/runtime/disk_memory.hpp"
#include "foundation/runtime/whole_file.hpp"

namespace tesseras::node {
namespace {

using testing::HasSubstr;

TEST(Config, EveryKeyIsOptional) {
  EXPECT_EQ(parse_config("").value(), Config{});
  EXPECT_EQ(parse_config(default_config_text()).value(), Config{});
}

// What `tes init` writes, with each default as if a person had written it.
TEST(Config, ShowsTheDefaultsThatItHas) {
  std::string section, text = default_config_text();
  std::size_t keys = 0;
  for (std::size_t at = 0, end = 0; at < text.size(); at = end + 1) {
    end = text.find('\n', at);
    const auto line = text.substr(at, end - at);
    if (line.starts_with('[')) section = line;
    if (section.empty() || !line.starts_with("# ")) continue;
    ++keys;
    const auto config = parse_config(section + "\n" + line.substr(2), "/home/ana");
    ASSERT_TRUE(config) << config.error().message;
    Config wanted;
    if (line.contains("data_dir")) wanted.node.data_dir = "/home/ana/.local/share/tesseras";
    if (line.contains("log_format")) wanted.observability.log_format = LogFormat::json;
    EXPECT_EQ(*config, wanted) << line;
  }
  EXPECT_EQ(keys, 35U);
  EXPECT_FALSE(default_config_text("create").contains("[node]"));
}

Config changed(const std::function<void(Config&)>& change) {
  Config config;
  change(config);
  return config;
}

TEST(Config, EveryKeyIsRead) {
  const std::pair<const char*, Config> cases[] = {
      {"[create]\nlanguage = \"pt-BR\"", changed([](auto& c) { c.create.language = "pt-BR"; })},
      {"[create]\nlocation = \"Porto\"", changed([](auto& c) { c.create.location = "Porto"; })},
      {"[create]\ntags = [\"a\", \"b\"]", changed([](auto& c) { c.create.tags = {"a", "b"}; })},
      {"[create]\npublish = \"never\"",
       changed([](auto& c) { c.create.publish = PublishNew::never; })},
      {"[create]\npublish = \"auto\"",
       changed([](auto& c) { c.create.publish = PublishNew::automatic; })},
      {"[node]\ndata_dir = \"/srv/t\"", changed([](auto& c) { c.node.data_dir = "/srv/t"; })},
      {"[node]\ndata_dir = \"~\"", changed([](auto& c) { c.node.data_dir = "/home/ana"; })},
      {"[node]\nlisten_addr = \"[::1]:5000\"",
       changed([](auto& c) { c.node.listen = {{runtime::IpAddress::v6_loopback(), 5000}}; })},
      {"[node]\nlisten_addrs = [\"0.0.0.0:1\", \"[::]:1\"]", changed([](auto& c) {
         c.node.listen = {{runtime::IpAddress::v4(0, 0, 0, 0), 1}, {runtime::IpAddress{}, 1}};
       })},
      {"[dht]\nk = 3", changed([](auto& c) { c.dht.k = 3; })},
      {"[dht]\nalpha = 1", changed([](auto& c) { c.dht.alpha = 1; })},
      {"[dht]\nbucket_refresh_interval_secs = 5",
       changed([](auto& c) { c.dht.bucket_refresh_interval = seconds(5); })},
      {"[dht]\nrepublish_interval_secs = 6",
       changed([](auto& c) { c.dht.republish_interval = seconds(6); })},
      {"[dht]\npointer_ttl_secs = 70", changed([](auto& c) { c.dht.pointer_ttl = seconds(70); })},
      {"[dht]\nmax_stored_pointers = 8", changed([](auto& c) { c.dht.max_stored_pointers = 8; })},
      {"[dht]\nping_failure_threshold = 1",
       changed([](auto& c) { c.dht.ping_failure_threshold = 1; })},
      {"[bootstrap]\ndns_domain = \"\"", changed([](auto& c) { c.bootstrap.dns_domain = ""; })},
      {"[bootstrap]\nhardcoded = [\"[2001:db8::1]:4433\"]",
       changed([](auto& c) { c.bootstrap.hardcoded = {"[2001:db8::1]:4433"}; })},
      {"[network]\nenable_mdns = false", changed([](auto& c) { c.network.enable_mdns = false; })},
      {"[storage]\nmax_bytes = 0", changed([](auto& c) { c.storage.max_bytes = 0; })},
      {"[storage]\nper_peer_limit_bytes = 7",
       changed([](auto& c) { c.storage.per_peer_limit_bytes = 7; })},
      {"[storage]\ndeficit_allowance_bytes = 8",
       changed([](auto& c) { c.storage.deficit_allowance_bytes = 8; })},
      {"[storage]\nmin_free_space_bytes = 0",
       changed([](auto& c) { c.storage.min_free_space_bytes = 0; })},
      {"[storage]\nscrub_bytes_per_second = 1",
       changed([](auto& c) { c.storage.scrub_bytes_per_second = 1; })},
      {"[storage]\nexempt_peers = [\"00f005bfadcc30bce1da19f1f876c1b566e8953f\"]",
       changed(
           [](auto& c) { c.storage.exempt_peers = {"00f005bfadcc30bce1da19f1f876c1b566e8953f"}; })},
      {"[replication]\nmax_tessera_bytes = 1048576",
       changed([](auto& c) { c.replication.max_tessera_bytes = 1 << 20; })},
      {"[replication]\nconcurrent_transfers = 1",
       changed([](auto& c) { c.replication.concurrent_transfers = 1; })},
      {"[replication]\nrepair_interval_secs = 9",
       changed([](auto& c) { c.replication.repair_interval = seconds(9); })},
      {"[replication]\nrepair_jitter_secs = 0",
       changed([](auto& c) { c.replication.repair_jitter = seconds(0); })},
      {"[observability]\nmetrics_addr = \"\"",
       changed([](auto& c) { c.observability.metrics.reset(); })},
      {"[observability]\nlog_format = \"text\"",
       changed([](auto& c) { c.observability.log_format = LogFormat::text; })},
      {"[nat]\nstun_servers = []", changed([](auto& c) { c.nat.stun_servers = {}; })},
      {"[nat]\nrelay_enabled = true", changed([](auto& c) { c.nat.relay_enabled = true; })},
      {"[nat]\nrelay_max_sessions = 1", changed([](auto& c) { c.nat.relay_max_sessions = 1; })},
      {"[nat]\nrelay_reciprocal_kbps = 2",
       changed([](auto& c) { c.nat.relay_reciprocal_kbps = 2; })},
      {"[nat]\nrelay_bootstrap_kbps = 3", changed([](auto& c) { c.nat.relay_bootstrap_kbps = 3; })},
      {"[nat]\nrelay_idle_timeout_secs = 4",
       changed([](auto& c) { c.nat.relay_idle_timeout = seconds(4); })},
  };
  for (const auto& [text, wanted] : cases) {
    const auto config = parse_config(text, "/home/ana");
    ASSERT_TRUE(config) << config.error().message;
    EXPECT_EQ(*config, wanted) << text;
    EXPECT_NE(*config, Config{}) << text;
  }
}

TEST(Config, NamesPeersByHostAndPort) {
  for (const auto* good :
       {"boot1.tesseras.net:4433", "192.0.2.7:1", "[2001:db8::1]:65535", "a:1"}) {
    EXPECT_TRUE(is_host_and_port(good)) << good;
  }
  for (const auto* bad :
       {"", ":4433", "host", "host:", "host:0", "host:65536", "host:x", "a b:1", "2001:db8::1:4433",
        "192.0.2:1", "192.0.2.256:1", "192.0.2.7:0", "host:1 ", "a_b:1"}) {
    EXPECT_FALSE(is_host_and_port(bad)) << bad;
  }
}

TEST(Config, SlipsAreNamed) {
  const std::pair<const char*, const char*> cases[] = {
      {"[create]\nlangauge = \"en\"\n",
       "line 2: unknown key in [create] 'langauge'; did you mean 'language'?"},
      {"[crate]\n", "line 1: unknown section 'crate'; did you mean 'create'?"},
      {"[create]\nlanguage = 3\n", "line 2: create.language must be a text"},
      {"[create]\ntags = \"a,b\"\n", "line 2: create.tags must be a list"},
      {"[create]\ntags = [1]\n", "line 2: create.tags must be a text"},
      {"[create]\nlanguage = \"a\\nb\"\n", "without control characters"},
      {"[create]\npublish = true\n", "line 2: create.publish must be a text"},
      {"[create]\npublish = \"always\"\n", "must be \"never\", \"ask\" or \"auto\""},
      {"create = 1\n", "must be a section"},
      {"[dht]\nk = 0\n", "line 2: dht.k must be a whole number from 1 to 64"},
      {"[dht]\nk = 65\n", "line 2: dht.k must be"},
      {"[dht]\nk = \"20\"\n", "line 2: dht.k must be"},
      {"[dht]\npointer_ttl = 1\n", "did you mean 'pointer_ttl_secs'?"},
      {"[dht]\npointer_ttl_secs = 59\n", "must be a whole number from 60 to 604800"},
      {"[dht]\nrepublish_interval_secs = 0\n", "must be a whole number from 1 to 31536000"},
      {"[dht]\npointer_ttl_secs = -1\n", "must be a whole number"},
      {"[storage]\nmax_bytes = \"10 GB\"\n",
       "storage.max_bytes must be a whole number of bytes from 0 to 9007199254740992, without a "
       "unit"},
      {"[node]\nlisten_addr = \"4433\"\n", "must be ADDRESS:PORT"},
      {"[node]\nlisten_addr = \"localhost:4433\"\n", "must be ADDRESS:PORT"},
      {"[node]\nlisten_addrs = []\n", "must be a list of 1 to 8 addresses"},
      {"[node]\nlisten_addrs = [\"[::]:1\", \"[::]:1\"]\n", "without repetitions"},
      {"[node]\nlisten_addr = \"[::]:1\"\nlisten_addrs = [\"[::]:1\"]\n", "not both"},
      {"[node]\ndata_dir = \"~/t\"\n", "HOME is not set"},
      {"[bootstrap]\nhardcoded = [\"boot1\"]\n", "must be HOST:PORT"},
      {"[network]\nenable_mdns = \"no\"\n", "must be true or false"},
      {"[observability]\nmetrics_addr = \"9190\"\n", "must be ADDRESS:PORT"},
      {"[observability]\nlog_format = \"xml\"\n", "must be \"json\" or \"text\""},
      {"[create\n", "line 1"},
      {"\n[.]\n", "line 2"},
      {"a = \"\xff\"\n", "line 1"},
  };
  for (const auto& [text, reason] : cases) {
    const auto config = parse_config(text);
    ASSERT_FALSE(config) << text;
    EXPECT_EQ(config.error().code, base::Code::invalid);
    EXPECT_THAT(config.error().message, HasSubstr(reason));
  }
  EXPECT_FALSE(parse_config(std::string(ConfigLimits::file_bytes_max + 1, '\n')));
}

TEST(Config, TheFileIsNamed) {
  runtime::MemoryDisk disk;
  const std::string text = "[dht]\nk = 0\n";
  ASSERT_TRUE(runtime::replace_whole(disk, "/mine.toml", 0600, base::as_bytes(text)));
  const auto config = load_config(disk, "/mine.toml");
  ASSERT_FALSE(config);
  EXPECT_EQ(config.error().code, base::Code::invalid);
  EXPECT_EQ(config.error().message,
            "/mine.toml: line 2: dht.k must be a whole number from 1 to 64");
  EXPECT_EQ(load_config(disk, "/none.toml").value(), Config{});
}

}  // namespace
}  // namespace tesseras::node
