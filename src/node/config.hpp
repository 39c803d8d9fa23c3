// config.toml: one schema for every program. Each key is optional; an unknown one is an error
// that names the nearest known key, so that a slip is not silently a default.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "foundation/base/result.hpp"
#include "foundation/runtime/disk.hpp"
#include "foundation/runtime/endpoint.hpp"

namespace tesseras::node {

using std::chrono::seconds;

enum class LogFormat { json, text };

// Whether what `tes create` makes is published; `ask`: whoever sits at a terminal is asked.
enum class PublishNew { never, ask, automatic };

// The defaults are those of a config.toml that is empty.
struct Config {
  // What `tes create` takes where neither an option nor tessera.toml says otherwise.
  struct Create {
    std::string language = "en";  // BCP 47; checked where it is used
    std::string location;         // a description in words; empty: none
    std::vector<std::string> tags;
    PublishNew publish = PublishNew::ask;

    bool operator==(const Create&) const = default;
  } create;

  struct Node {
    std::filesystem::path data_dir;  // empty: the platform's; "~" is the user's home
    // listen_addrs, or listen_addr alone. At least one.
    std::vector<runtime::Endpoint> listen = {{runtime::IpAddress::v4(0, 0, 0, 0), 4433}};

    bool operator==(const Node&) const = default;
  } node;

  struct Dht {
    std::uint32_t k = 20;     // peers in a bucket, and those that an answer names
    std::uint32_t alpha = 3;  // requests of one lookup under way at once
    seconds bucket_refresh_interval{3600};
    seconds republish_interval{3600};
    seconds pointer_ttl{86'400};
    std::uint32_t max_stored_pointers = 100'000;
    std::uint32_t ping_failure_threshold = 3;  // in a row, then a peer is forgotten

    bool operator==(const Dht&) const = default;
  } dht;

  struct Bootstrap {
    std::string dns_domain = "_tesseras._udp.tesseras.net";  // empty: DNS is not asked
    // HOST:PORT, an IPv6 address in brackets.
    std::vector<std::string> hardcoded = {"boot1.tesseras.net:4433", "boot2.tesseras.net:4433"};

    bool operator==(const Bootstrap&) const = default;
  } bootstrap;

  struct Network {
    bool enable_mdns = true;

    bool operator==(const Network&) const = default;
  } network;

  // What this node keeps for others.
  struct Storage {
    std::uint64_t max_bytes = std::uint64_t{10} << 30U;                 // 0: nothing
    std::uint64_t per_peer_limit_bytes = std::uint64_t{1} << 30U;       // of one peer
    std::uint64_t deficit_allowance_bytes = std::uint64_t{256} << 20U;  // more than it keeps for us
    std::uint64_t min_free_space_bytes = std::uint64_t{1} << 30U;    // that stay free on the disk
    std::uint64_t scrub_bytes_per_second = std::uint64_t{1} << 20U;  // read again, on average
    std::vector<std::string> exempt_peers;  // NodeIds that may owe as much as they like

    bool operator==(const Storage&) const = default;
  } storage;

  // What others keep for this node.
  struct Replication {
    std::uint64_t max_tessera_bytes = std::uint64_t{1} << 30U;  // of a tessera that is kept
    std::uint32_t concurrent_transfers = 4;
    seconds repair_interval{86'400};
    seconds repair_jitter{7200};  // more or less, so that not all nodes look at once

    bool operator==(const Replication&) const = default;
  } replication;

  struct Observability {
    std::optional<runtime::Endpoint> metrics =
        runtime::Endpoint{runtime::IpAddress::v4(127, 0, 0, 1), 9190};  // nullopt: off
    std::optional<LogFormat> log_format;  // nullopt: text on a terminal, else JSON

    bool operator==(const Observability&) const = default;
  } observability;

  // Read, and without effect until nodes can pass through address translators.
  struct Nat {
    std::vector<std::string> stun_servers = {"stun.l.google.com:19302", "stun.cloudflare.com:3478"};
    bool relay_enabled = false;
    std::uint32_t relay_max_sessions = 50;
    std::uint32_t relay_reciprocal_kbps = 256;
    std::uint32_t relay_bootstrap_kbps = 64;
    seconds relay_idle_timeout{60};

    bool operator==(const Nat&) const = default;
  } nat;

  bool operator==(const Config&) const = default;
};

struct ConfigLimits {
  // A hand-written file; anything larger is a mistake or an attack on the parser.
  static constexpr std::size_t file_bytes_max = 1 << 20;
  static constexpr std::size_t list_max = 256;
  static constexpr std::size_t text_bytes_max = 1024;
  static constexpr std::size_t key_parts_max = 8;  // nothing we know has more than 2
  static constexpr std::size_t listen_max = 8;     // a machine has few networks
  static constexpr std::uint32_t k_max = 64;       // as many as one answer of 64 KiB can name
  static constexpr std::uint32_t alpha_max = 32;
  static constexpr std::uint32_t pointers_max = 10'000'000;
  static constexpr std::uint64_t bytes_max = std::uint64_t{1} << 53U;  // that TOML and JSON keep
  static constexpr std::uint64_t tessera_bytes_min = std::uint64_t{1} << 20U;
  static constexpr std::uint64_t tessera_bytes_max = std::uint64_t{1} << 40U;
  static constexpr std::uint32_t transfers_max = 64;
  static constexpr seconds interval_max{365 * 86'400};
  static constexpr seconds ttl_min{60};  // other nodes refuse what asks for less, or for more
  static constexpr seconds ttl_max{7 * 86'400};
};

// invalid, with the line and what to do, for anything that is not such a file. `home` is what
// "~" stands for; where it is empty, a path with "~" is an error.
base::Result<Config> parse_config(std::string_view toml, const std::filesystem::path& home = {});

// The defaults when there is no such file; else as parse_config, behind the name of the file, or
// the disk's error.
base::Result<Config> load_config(runtime::Disk& disk, const std::filesystem::path& file,
                                 const std::filesystem::path& home = {});

// Keys with what they do, commented out, with their defaults: those of one section, as `tes init`
// writes [create], or of all.
std::string default_config_text(std::string_view section = {});

// HOST:PORT, where HOST is a name, an IPv4 address, or an IPv6 address in brackets.
bool is_host_and_port(std::string_view text);

}  // namespace tesseras::node
