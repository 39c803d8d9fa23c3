#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "apps/tes/daemon_link.hpp"
#include "apps/tes/json_output.hpp"

namespace tesseras::tes {
namespace {

using Peer = node::PeersAnswer::Peer;

Result<std::vector<Peer>> all_peers(DaemonLink& link) {
  std::vector<Peer> all;
  for (;;) {
    auto answer = TRY(link.ask(node::PeersRequest{static_cast<std::uint32_t>(all.size())}));
    std::ranges::move(answer.peers, std::back_inserter(all));
    if (!answer.has_more || answer.peers.empty()) return all;
  }
}

nlohmann::ordered_json to_json(const Peer& peer) {
  auto addresses = nlohmann::ordered_json::array();
  for (const auto& endpoint : peer.endpoints) addresses.push_back(endpoint.text());
  return {{"node_id", peer.id.hex()},
          {"addresses", addresses},
          {"capabilities", peer.capabilities.bits},
          {"seen_seconds_ago", peer.seen_ago.count()},
          {"failures", peer.failures}};
}

Result<int> run(Session& session) {
  auto link = TRY(DaemonLink::open(session));
  const auto peers = TRY(all_peers(link));
  auto& terminal = session.terminal();
  if (session.json()) {
    auto array = nlohmann::ordered_json::array();
    for (const auto& peer : peers) array.push_back(to_json(peer));
    print_json(terminal, "peers", {{"peers", array}});
    return 0;
  }
  if (peers.empty()) {
    terminal.out("This node knows no other.");
    terminal.note("Tell it of one: tesseras-daemon --bootstrap HOST:PORT");
    return 0;
  }
  terminal.out(terminal.bold(
      fmt::format("{:40}  {:>6}  {:>8}  {}", "Node", "Seen", "Failures", "Addresses")));
  for (const auto& peer : peers) {
    std::string line =
        fmt::format("{:40}  {:>4} s  {:>8}", peer.id.hex(), peer.seen_ago.count(), peer.failures);
    for (const auto& endpoint : peer.endpoints) line += "  " + endpoint.text();
    terminal.out(line);
  }
  return 0;
}

}  // namespace

void add_peers(CLI::App& app, Chosen& chosen) {
  auto* command = app.add_subcommand("peers", "List the nodes that your daemon knows");
  command->footer(
      "  tes peers\n"
      "  tes peers --json | jq '.peers | length'");
  command->callback([&chosen] { chosen = {"peers", run}; });
}

}  // namespace tesseras::tes
