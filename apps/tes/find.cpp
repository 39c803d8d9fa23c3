#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "apps/tes/daemon_link.hpp"
#include "apps/tes/json_output.hpp"

namespace tesseras::tes {
namespace {

using base::Code;
using base::fail;

Result<int> run(Session& session, const std::string& text) {
  auto link = TRY(DaemonLink::open(session));
  const auto hash = TRY(content_hash_of(session, link, text));
  auto& terminal = session.terminal();
  terminal.progress().stage("asking the network", 0);
  const auto answer = TRY(link.ask(node::FindRequest{hash}));
  terminal.end_progress();
  if (answer.holders.empty()) {
    return fail(Code::not_found, "nobody on the network says that they keep {}; {} nodes answered",
                hash.hex(), answer.asked);
  }
  if (session.json()) {
    auto holders = nlohmann::ordered_json::array();
    for (const auto& holder : answer.holders) {
      auto addresses = nlohmann::ordered_json::array();
      for (const auto& endpoint : holder.endpoints) addresses.push_back(endpoint.text());
      holders.push_back({{"node_id", holder.id.hex()},
                         {"addresses", addresses},
                         {"whole", holder.fragments.none()}});
    }
    print_json(terminal, "find",
               {{"content_hash", hash.hex()},
                {"holders", holders},
                {"nodes_asked", answer.asked},
                {"hops", answer.hops}});
    return 0;
  }
  for (const auto& holder : answer.holders) {
    std::string line = holder.id.hex();
    for (const auto& endpoint : holder.endpoints) line += "  " + endpoint.text();
    if (holder.fragments.any()) line += "  (fragments)";
    if (holder.id == link.info().id) line += "  (this daemon)";
    terminal.out(line);
  }
  return 0;
}

}  // namespace

void add_find(CLI::App& app, Chosen& chosen) {
  auto* command = app.add_subcommand("find", "Find the nodes that keep a tessera");
  command->footer(
      "  tes find 9f2c4a1b3e7d8f0c9f2c4a1b3e7d8f0c9f2c4a1b3e7d8f0c9f2c4a1b3e7d8f0c\n"
      "  tes find 9f2c4a1b --json | jq -r '.holders[].node_id'");
  auto hash = std::make_shared<std::string>();
  command->add_option("hash", *hash, "Content hash; its first 8 or more digits if it is yours")
      ->type_name("HASH")
      ->required();
  command->callback([&chosen, hash] {
    chosen = {"find", [hash](Session& session) { return run(session, *hash); }};
  });
}

}  // namespace tesseras::tes
