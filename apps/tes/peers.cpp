#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "apps/tes/daemon_link.hpp"
#include "apps/tes/json_output.hpp"
#include "foundation/base/text.hpp"
#include "node/control_fragment_messages.hpp"
#include "preserve/dht/node_id.hpp"

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

Result<int> show_peers(Session& session) {
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

using Account = node::LedgerAnswer::Account;

Result<std::vector<Account>> all_accounts(DaemonLink& link) {
  std::vector<Account> all;
  for (;;) {
    auto answer = TRY(link.ask(node::LedgerRequest{static_cast<std::uint32_t>(all.size())}));
    std::ranges::move(answer.accounts, std::back_inserter(all));
    if (!answer.has_more || answer.accounts.empty()) return all;
  }
}

// By which the peer keeps more for us than we for it; less than 0: it owes us.
std::int64_t balance_of(const Account& account) {
  return static_cast<std::int64_t>(account.kept_for_us - account.kept_for_it);
}

Result<std::string> node_id_of(const Account& account) {
  const auto nonce = TRY(dht::find_nonce(account.key));
  return dht::node_id_of(account.key, nonce).hex();
}

void print(Terminal& terminal, const std::vector<Account>& accounts) {
  std::uint64_t kept = 0, owed = 0;
  terminal.out(terminal.bold(fmt::format("{:40}  {:>12}  {:>12}  {:>12}", "Node", "Kept for it",
                                         "Kept for you", "Balance")));
  for (const auto& account : accounts) {
    const auto balance = balance_of(account);
    const auto size = base::human_size(balance < 0 ? account.kept_for_it - account.kept_for_us
                                                   : account.kept_for_us - account.kept_for_it);
    terminal.out(fmt::format("{:40}  {:>12}  {:>12}  {:>12}", node_id_of(account).value_or("?"),
                             base::human_size(account.kept_for_it),
                             base::human_size(account.kept_for_us),
                             (balance == 0  ? ""
                              : balance < 0 ? "-"
                                            : "+") +
                                 size));
    kept += account.kept_for_it;
    owed += account.kept_for_us;
  }
  terminal.note(fmt::format("Your node keeps {} for others, and they keep {} for you.",
                            base::human_size(kept), base::human_size(owed)));
}

Result<int> show_ledger(Session& session) {
  auto link = TRY(DaemonLink::open(session));
  const auto accounts = TRY(all_accounts(link));
  auto& terminal = session.terminal();
  if (session.json()) {
    auto rows = nlohmann::ordered_json::array();
    for (const auto& account : accounts) {
      const auto id = node_id_of(account);
      rows.push_back({{"node_id", id ? nlohmann::ordered_json(*id) : nullptr},
                      {"key", account.key.hex()},
                      {"kept_for_it_bytes", account.kept_for_it},
                      {"kept_for_us_bytes", account.kept_for_us},
                      {"balance_bytes", balance_of(account)}});
    }
    print_json(terminal, "peers", {{"ledger", rows}});
    return 0;
  }
  if (accounts.empty()) {
    terminal.out("This node keeps nothing for others, and nobody keeps anything for it.");
  } else {
    print(terminal, accounts);
  }
  return 0;
}

}  // namespace

void add_peers(CLI::App& app, Chosen& chosen) {
  auto* command = app.add_subcommand("peers", "List the nodes that your daemon knows");
  command->footer(
      "  tes peers\n"
      "  tes peers --ledger\n"
      "  tes peers --json | jq '.peers | length'");
  auto ledger = std::make_shared<bool>(false);
  command->add_flag("--ledger", *ledger, "What your node and each peer keep for one another");
  command->callback([&chosen, ledger] { chosen = {"peers", *ledger ? show_ledger : show_peers}; });
}

}  // namespace tesseras::tes
