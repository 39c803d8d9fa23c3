#include "node/config.hpp"

// toml++ asserts what text from outside can break ("[.]", "1974-06-02T."), then handles it all the
// same; with NDEBUG it would have the compiler assume it. The same in every file that includes it.
#undef NDEBUG
#define TOML_ASSERT(expression) static_cast<void>(0)
#define TOML_EXCEPTIONS 0
#define TOML_ENABLE_FORMATTERS 0
#include <fmt/ranges.h>
#include <toml++/toml.hpp>

#include <algorithm>
#include <charconv>
#include <span>

#include "foundation/base/ascii.hpp"
#include "foundation/base/text.hpp"
#include "foundation/base/toml_guard.hpp"
#include "preserve/dht/node_id.hpp"

namespace tesseras::node {
namespace {

using base::Code;
using base::fail;
using base::Result;
using runtime::Endpoint;
using std::filesystem::path;

// What a key is read with: its place in the file, its name, and what the file means by "~".
struct Source {
  const toml::node& node;
  std::string name;  // "dht.k"
  const path& home;

  std::unexpected<base::Error> wrong(std::string_view wanted) const {
    return fail(Code::invalid, "line {}: {} must be {}", node.source().begin.line, name, wanted);
  }
};

Result<std::string> text_of(const Source& from, const toml::node& node) {
  const auto* text = node.as_string();
  if (text == nullptr) return from.wrong("a text in quotes");
  if (text->get().size() > ConfigLimits::text_bytes_max || base::has_control(text->get())) {
    return from.wrong("at most 1024 bytes without control characters");
  }
  return text->get();
}

Result<void> read(const Source& from, std::string& into) {
  into = TRY(text_of(from, from.node));
  return {};
}

Result<void> read(const Source& from, std::vector<std::string>& into) {
  const auto* list = from.node.as_array();
  if (list == nullptr || list->size() > ConfigLimits::list_max) {
    return from.wrong("a list of at most 256 texts");
  }
  into.clear();
  for (const auto& element : *list) into.push_back(TRY(text_of(from, element)));
  return {};
}

Result<void> read(const Source& from, bool& into) {
  const auto* value = from.node.as_boolean();
  if (value == nullptr) return from.wrong("true or false");
  into = value->get();
  return {};
}

// `of_what`: "", or " of bytes".
Result<std::int64_t> number_of(const Source& from, std::int64_t min, std::int64_t max,
                               std::string_view of_what = "") {
  const auto* value = from.node.as_integer();
  if (value == nullptr || value->get() < min || value->get() > max) {
    return from.wrong(fmt::format("a whole number{} from {} to {}{}", of_what, min, max,
                                  of_what.empty() ? "" : ", without a unit"));
  }
  return value->get();
}

Result<void> read(const Source& from, std::uint32_t& into, std::uint32_t min, std::uint32_t max) {
  into = static_cast<std::uint32_t>(TRY(number_of(from, min, max)));
  return {};
}

Result<void> read(const Source& from, std::uint64_t& into, std::uint64_t min = 0,
                  std::uint64_t max = ConfigLimits::bytes_max) {
  into = static_cast<std::uint64_t>(TRY(number_of(from, static_cast<std::int64_t>(min),
                                                  static_cast<std::int64_t>(max), " of bytes")));
  return {};
}

Result<void> read(const Source& from, seconds& into, std::int64_t min = 1) {
  into = seconds(TRY(number_of(from, min, ConfigLimits::interval_max.count())));
  return {};
}

Result<void> read(const Source& from, path& into) {
  const std::string text = TRY(text_of(from, from.node));
  if (text != "~" && !text.starts_with("~/")) {
    into = text;
    return {};
  }
  if (from.home.empty()) return from.wrong("a path without '~', since HOME is not set");
  into = text.size() > 2 ? from.home / text.substr(2) : from.home;
  return {};
}

Result<Endpoint> endpoint_of(const Source& from, const toml::node& node) {
  const auto endpoint = Endpoint::parse(TRY(text_of(from, node)));
  if (!endpoint) return from.wrong("ADDRESS:PORT, e.g. \"0.0.0.0:4433\" or \"[::]:4433\"");
  return *endpoint;
}

Result<void> read(const Source& from, std::optional<Endpoint>& into) {
  into.reset();
  const auto* text = from.node.as_string();
  if (text == nullptr || !text->get().empty()) into = TRY(endpoint_of(from, from.node));
  return {};
}

Result<void> read_listeners(const Source& from, std::vector<Endpoint>& into) {
  const auto* list = from.node.as_array();
  if (list == nullptr || list->empty() || list->size() > ConfigLimits::listen_max) {
    return from.wrong("a list of 1 to 8 addresses");
  }
  into.clear();
  for (const auto& element : *list) {
    const auto endpoint = TRY(endpoint_of(from, element));
    if (std::ranges::contains(into, endpoint)) return from.wrong("a list without repetitions");
    into.push_back(endpoint);
  }
  return {};
}

Result<void> read_peers(const Source& from, std::vector<std::string>& into) {
  TRY(read(from, into));
  for (const auto& peer : into) {
    if (!is_host_and_port(peer)) return from.wrong("HOST:PORT, e.g. \"192.0.2.7:4433\"");
  }
  return {};
}

Result<void> read_node_ids(const Source& from, std::vector<std::string>& into) {
  TRY(read(from, into));
  for (const auto& id : into) {
    if (!dht::NodeId::from_hex(id))
      return from.wrong("a list of node ids, 40 hex digits each, as `tes peers` shows them");
  }
  return {};
}

Result<void> read(const Source& from, std::optional<LogFormat>& into) {
  const std::string text = TRY(text_of(from, from.node));
  if (text != "json" && text != "text") return from.wrong("\"json\" or \"text\"");
  into = text == "json" ? LogFormat::json : LogFormat::text;
  return {};
}

Result<void> read(const Source& from, PublishNew& into) {
  const std::string text = TRY(text_of(from, from.node));
  if (text != "never" && text != "ask" && text != "auto")
    return from.wrong("\"never\", \"ask\" or \"auto\"");
  into = text == "never" ? PublishNew::never
         : text == "ask" ? PublishNew::ask
                         : PublishNew::automatic;
  return {};
}

struct Key {
  std::string_view section, name;
  std::string_view shown;  // its default, as the file would have it
  std::string_view help;
  Result<void> (*read)(const Source&, Config&);
};

// In the order of the file that `tes init` writes.
constexpr Key keys[] = {
    {"create", "language", "\"en\"", "of the tesserae you create (BCP 47, e.g. \"pt-BR\")",
     [](const Source& from, Config& to) { return read(from, to.create.language); }},
    {"create", "location", "\"\"", "where they are from, in words",
     [](const Source& from, Config& to) { return read(from, to.create.location); }},
    {"create", "tags", "[]", "given to every memory, e.g. [\"family\"]",
     [](const Source& from, Config& to) { return read(from, to.create.tags); }},
    {"create", "publish", "\"ask\"", "what you create: \"never\", \"auto\", or ask at a terminal",
     [](const Source& from, Config& to) { return read(from, to.create.publish); }},
    {"node", "data_dir", "\"~/.local/share/tesseras\"", "the daemon's identity, index and blobs",
     [](const Source& from, Config& to) { return read(from, to.node.data_dir); }},
    {"node", "listen_addr", "\"0.0.0.0:4433\"", "where peers reach this node (UDP)",
     [](const Source& from, Config& to) -> Result<void> {
       to.node.listen = {TRY(endpoint_of(from, from.node))};
       return {};
     }},
    {"node", "listen_addrs", "[\"0.0.0.0:4433\"]", "several of them, instead of listen_addr",
     [](const Source& from, Config& to) { return read_listeners(from, to.node.listen); }},
    {"dht", "k", "20", "peers in a bucket",
     [](const Source& from, Config& to) { return read(from, to.dht.k, 1, ConfigLimits::k_max); }},
    {"dht", "alpha", "3", "requests of a lookup at once",
     [](const Source& from, Config& to) {
       return read(from, to.dht.alpha, 1, ConfigLimits::alpha_max);
     }},
    {"dht", "bucket_refresh_interval_secs", "3600", "how often quiet buckets are looked up",
     [](const Source& from, Config& to) { return read(from, to.dht.bucket_refresh_interval); }},
    {"dht", "republish_interval_secs", "3600", "how often what is due is published again",
     [](const Source& from, Config& to) { return read(from, to.dht.republish_interval); }},
    {"dht", "pointer_ttl_secs", "86400", "how long a pointer lives",
     [](const Source& from, Config& to) -> Result<void> {
       const auto seconds_given =
           TRY(number_of(from, ConfigLimits::ttl_min.count(), ConfigLimits::ttl_max.count()));
       to.dht.pointer_ttl = seconds(seconds_given);
       return {};
     }},
    {"dht", "max_stored_pointers", "100000", "pointers that are kept for others",
     [](const Source& from, Config& to) {
       return read(from, to.dht.max_stored_pointers, 1, ConfigLimits::pointers_max);
     }},
    {"dht", "ping_failure_threshold", "3", "failures in a row, then a peer is forgotten",
     [](const Source& from, Config& to) {
       return read(from, to.dht.ping_failure_threshold, 1, 100);
     }},
    {"bootstrap", "dns_domain", "\"_tesseras._udp.tesseras.net\"",
     "its TXT records name peers; \"\" for none",
     [](const Source& from, Config& to) { return read(from, to.bootstrap.dns_domain); }},
    {"bootstrap", "hardcoded", "[\"boot1.tesseras.net:4433\", \"boot2.tesseras.net:4433\"]",
     "whom to ask first",
     [](const Source& from, Config& to) { return read_peers(from, to.bootstrap.hardcoded); }},
    {"network", "enable_mdns", "true", "find peers on the local network",
     [](const Source& from, Config& to) { return read(from, to.network.enable_mdns); }},
    {"storage", "max_bytes", "10737418240", "what you give to others, in all; 0 for nothing",
     [](const Source& from, Config& to) { return read(from, to.storage.max_bytes); }},
    {"storage", "per_peer_limit_bytes", "1073741824", "what one peer may have kept here",
     [](const Source& from, Config& to) { return read(from, to.storage.per_peer_limit_bytes); }},
    {"storage", "deficit_allowance_bytes", "268435456",
     "by which it may keep less for you than you for it",
     [](const Source& from, Config& to) { return read(from, to.storage.deficit_allowance_bytes); }},
    {"storage", "min_free_space_bytes", "1073741824", "of the disk, which stay free",
     [](const Source& from, Config& to) { return read(from, to.storage.min_free_space_bytes); }},
    {"storage", "scrub_bytes_per_second", "1048576", "of what is kept are read again, on average",
     [](const Source& from, Config& to) {
       return read(from, to.storage.scrub_bytes_per_second, 1);
     }},
    {"storage", "exempt_peers", "[]", "node ids that may owe as much as they like",
     [](const Source& from, Config& to) { return read_node_ids(from, to.storage.exempt_peers); }},
    {"replication", "max_tessera_bytes", "1073741824", "larger ones are not kept for others",
     [](const Source& from, Config& to) {
       return read(from, to.replication.max_tessera_bytes, ConfigLimits::tessera_bytes_min,
                   ConfigLimits::tessera_bytes_max);
     }},
    {"replication", "concurrent_transfers", "4", "fragments that are given away at once",
     [](const Source& from, Config& to) {
       return read(from, to.replication.concurrent_transfers, 1, ConfigLimits::transfers_max);
     }},
    {"replication", "repair_interval_secs", "86400", "how often it is looked who keeps what",
     [](const Source& from, Config& to) { return read(from, to.replication.repair_interval); }},
    {"replication", "repair_jitter_secs", "7200", "up to so much more or less",
     [](const Source& from, Config& to) { return read(from, to.replication.repair_jitter, 0); }},
    {"observability", "metrics_addr", "\"127.0.0.1:9190\"", "for Prometheus; \"\" for none",
     [](const Source& from, Config& to) { return read(from, to.observability.metrics); }},
    {"observability", "log_format", "\"json\"", "or \"text\", which a terminal gets anyway",
     [](const Source& from, Config& to) { return read(from, to.observability.log_format); }},
    {"nat", "stun_servers", "[\"stun.l.google.com:19302\", \"stun.cloudflare.com:3478\"]",
     "not used yet",
     [](const Source& from, Config& to) { return read_peers(from, to.nat.stun_servers); }},
    {"nat", "relay_enabled", "false", "not used yet",
     [](const Source& from, Config& to) { return read(from, to.nat.relay_enabled); }},
    {"nat", "relay_max_sessions", "50", "not used yet",
     [](const Source& from, Config& to) {
       return read(from, to.nat.relay_max_sessions, 0, 10'000);
     }},
    {"nat", "relay_reciprocal_kbps", "256", "not used yet",
     [](const Source& from, Config& to) {
       return read(from, to.nat.relay_reciprocal_kbps, 0, 10'000'000);
     }},
    {"nat", "relay_bootstrap_kbps", "64", "not used yet",
     [](const Source& from, Config& to) {
       return read(from, to.nat.relay_bootstrap_kbps, 0, 10'000'000);
     }},
    {"nat", "relay_idle_timeout_secs", "60", "not used yet",
     [](const Source& from, Config& to) { return read(from, to.nat.relay_idle_timeout); }},
};

std::vector<std::string_view> section_names() {
  std::vector<std::string_view> names;
  for (const auto& key : keys) {
    if (names.empty() || names.back() != key.section) names.push_back(key.section);
  }
  return names;
}

std::vector<std::string_view> names_in(std::string_view section) {
  std::vector<std::string_view> names;
  for (const auto& key : keys) {
    if (key.section == section) names.push_back(key.name);
  }
  return names;
}

std::unexpected<base::Error> unknown(const toml::key& key, std::string_view what,
                                     std::span<const std::string_view> known) {
  const auto close = base::nearest(key.str(), known);
  const std::string hint = close.empty() ? fmt::format("known are {}", fmt::join(known, ", "))
                                         : fmt::format("did you mean '{}'?", close);
  return fail(Code::invalid, "line {}: unknown {} '{}'; {}", key.source().begin.line, what,
              base::to_printable(key.str()), hint);
}

Result<void> read_section(std::string_view section, const toml::table& table, const path& home,
                          Config& config) {
  if (table.contains("listen_addr") && table.contains("listen_addrs")) {
    return fail(Code::invalid, "line {}: give listen_addr or listen_addrs, not both",
                table.source().begin.line);
  }
  for (const auto& [name, node] : table) {
    const auto* const key = std::ranges::find_if(keys, [&, &wanted = name](const Key& one) {
      return one.section == section && one.name == wanted.str();
    });
    if (key == std::end(keys)) {
      return unknown(name, fmt::format("key in [{}]", section), names_in(section));
    }
    TRY(key->read({node, fmt::format("{}.{}", section, key->name), home}, config));
  }
  return {};
}

}  // namespace

Result<Config> parse_config(std::string_view text, const path& home) {
  if (text.size() > ConfigLimits::file_bytes_max) {
    return fail(Code::invalid, "it is larger than 1 MiB; this can't be a config file");
  }
  if (const auto problem = base::find_toml_problem(text, ConfigLimits::key_parts_max)) {
    return fail(Code::invalid, "line {}: {}", problem->line, problem->reason);
  }
  const toml::parse_result parsed = toml::parse(text);
  if (!parsed) {
    return fail(Code::invalid, "line {}: {}", parsed.error().source().begin.line,
                parsed.error().description());
  }
  Config config;
  const auto sections = section_names();
  for (const auto& [key, node] : parsed.table()) {
    if (!std::ranges::contains(sections, key.str())) return unknown(key, "section", sections);
    const std::string name(key.str());
    const auto* table = node.as_table();
    if (table == nullptr) {
      return Source{node, name, home}.wrong(fmt::format("a section: [{}]", name));
    }
    TRY(read_section(name, *table, home, config));
  }
  return config;
}

Result<Config> load_config(runtime::Disk& disk, const path& file, const path& home) {
  auto opened = disk.open_read(file);
  if (!opened && opened.error().code == Code::not_found) return Config{};
  if (!opened) return fail(opened.error());
  std::string text(ConfigLimits::file_bytes_max + 1, '\0');
  const auto size =
      TRY(opened.value()->read_at(0, std::as_writable_bytes(std::span(text.data(), text.size()))));
  text.resize(size);
  auto config = parse_config(text, home);
  if (!config) return base::fail_in(config.error(), "{}", base::to_printable(file.native()));
  return config;
}

std::string default_config_text(std::string_view section) {
  std::string text = "# Tesseras. Every key is optional; what stands behind # is its default.\n";
  std::string_view last;
  for (const auto& key : keys) {
    if (!section.empty() && key.section != section) continue;
    if (key.section != last) text += fmt::format("\n[{}]\n", key.section);
    last = key.section;
    text += fmt::format("# {:<60}  # {}\n", fmt::format("{} = {}", key.name, key.shown), key.help);
  }
  return text;
}

bool is_host_and_port(std::string_view text) {
  if (Endpoint::parse(text)) return !text.ends_with(":0");
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return false;
  const auto host = text.substr(0, colon), port = text.substr(colon + 1);
  // RFC 1123, section 2.1, without a look at each label.
  constexpr std::size_t host_bytes_max = 253;
  const auto is_of_a_name = [](char c) { return base::is_alnum(c) || c == '-' || c == '.'; };
  unsigned number = 0;
  const auto read = std::from_chars(port.data(), port.data() + port.size(), number);
  return !host.empty() && host.size() <= host_bytes_max &&
         std::ranges::all_of(host, is_of_a_name) &&
         std::ranges::any_of(host, [](char c) { return base::is_alpha(c); }) &&
         read.ec == std::errc() && read.ptr == port.data() + port.size() && number >= 1 &&
         number <= 65'535;
}

}  // namespace tesseras::node
