#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "apps/tes/daemon_link.hpp"
#include "apps/tes/json_output.hpp"
#include "foundation/base/text.hpp"

namespace tesseras::tes {
namespace {

std::string listed_or(const std::vector<runtime::Endpoint>& endpoints, std::string_view none) {
  std::string out;
  for (const auto& endpoint : endpoints) out += (out.empty() ? "" : ", ") + endpoint.text();
  return out.empty() ? std::string(none) : out;
}

nlohmann::ordered_json texts_of(const std::vector<runtime::Endpoint>& endpoints) {
  auto array = nlohmann::ordered_json::array();
  for (const auto& endpoint : endpoints) array.push_back(endpoint.text());
  return array;
}

nlohmann::ordered_json to_json(const node::NodeInfoAnswer& info) {
  nlohmann::ordered_json json = {{"node_id", info.id.hex()},
                                 {"public_key", info.key.hex()},
                                 {"daemon_version", info.version},
                                 {"data_dir", base::to_printable(info.data_dir)},
                                 {"listening", texts_of(info.listening)},
                                 {"reached_at", texts_of(info.reached_at)},
                                 {"bootstrapped", info.is_bootstrapped},
                                 {"peers", info.contacts},
                                 {"pointers", info.pointers},
                                 {"published", info.published},
                                 {"uptime_seconds", info.uptime.count()}};
  if (info.metrics) json["metrics"] = info.metrics->text();
  return json;
}

Result<int> run(Session& session) {
  const auto link = TRY(DaemonLink::open(session));
  const auto& info = link.info();
  auto& terminal = session.terminal();
  if (session.json()) {
    print_json(terminal, "node-info", to_json(info));
    return 0;
  }
  const auto line = [&](std::string_view label, const std::string& value) {
    terminal.out(fmt::format("{:14}{}", fmt::format("{}:", label), value));
  };
  line("Node", info.id.hex());
  line("Public key", info.key.hex());
  line("Version", info.version);
  line("Data", base::to_printable(info.data_dir));
  line("Listening", listed_or(info.listening, "nowhere"));
  line("Reached at", listed_or(info.reached_at, "no other node has reached it yet"));
  line("Peers", info.is_bootstrapped ? std::to_string(info.contacts) : "none yet");
  line("Pointers", fmt::format("{} kept for others", info.pointers));
  line("Published",
       fmt::format("{} {}", info.published, info.published == 1 ? "tessera" : "tesserae"));
  line("Metrics", info.metrics ? fmt::format("http://{}/metrics", info.metrics->text()) : "off");
  line("Uptime", fmt::format("{} s", info.uptime.count()));
  return 0;
}

}  // namespace

void add_node_info(CLI::App& app, Chosen& chosen) {
  auto* command = app.add_subcommand("node-info", "Show who and where your daemon is");
  command->footer(
      "  tes node-info\n"
      "  tes node-info --daemon /var/lib/tesseras");
  command->callback([&chosen] { chosen = {"node-info", run}; });
}

}  // namespace tesseras::tes
