#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <utility>
#include <vector>

#include "apps/tes/daemon_link.hpp"
#include "apps/tes/json_output.hpp"
#include "apps/tes/safety.hpp"
#include "node/control_fragment_messages.hpp"

namespace tesseras::tes {
namespace {

using base::Code;
using base::fail;
using Holder = node::HoldersAnswer::Holder;

std::vector<unsigned> numbers_of(const dht::FragmentSet& fragments) {
  std::vector<unsigned> numbers;
  for (unsigned i = 0; i < fragments.size(); ++i)
    if (fragments.test(i)) numbers.push_back(i);
  return numbers;
}

// Those that the daemon has given it to; else those that say so to the network, with what they have
// proved to the daemon, where that keeps some, too.
Result<std::vector<Holder>> ask(Session& session, DaemonLink& link, const base::ContentHash& hash) {
  auto known = link.ask(node::HoldersRequest{hash});
  if (known && known->is_ours) return std::move(known->holders);
  if (!known && known.error().code != Code::not_found) return fail(known.error());
  session.terminal().progress().stage("asking the network", 0);
  const auto found = TRY(link.ask(node::FindRequest{hash}));
  session.terminal().end_progress();
  std::vector<Holder> holders;
  holders.reserve(found.holders.size());
  for (const auto& one : found.holders) {
    holders.push_back({one.id, one.endpoints, one.fragments, 0, 0});
    if (!known || one.fragments.none()) continue;
    const auto at = std::ranges::find(known->holders, one.id, &Holder::id);
    if (at != known->holders.end()) holders.back().proved_seconds = at->proved_seconds;
  }
  return holders;
}

std::string shown(const dht::FragmentSet& fragments) {
  if (fragments.none()) return "all of it";
  std::string text;
  for (const unsigned number : numbers_of(fragments))
    text += (text.empty() ? "" : ",") + std::to_string(number);
  return text;
}

void print(Session& session, const std::vector<Holder>& holders) {
  const auto now = session.clock().wall_now().unix_seconds;
  auto& terminal = session.terminal();
  terminal.out(terminal.bold(
      fmt::format("{:40}  {:12}  {:18}  {}", "NODE", "FRAGMENTS", "LAST PROVED", "ADDRESSES")));
  for (const auto& one : holders) {
    std::string addresses;
    for (const auto& endpoint : one.endpoints)
      addresses += (addresses.empty() ? "" : " ") + endpoint.text();
    const auto proved =
        one.proved_seconds == 0
            ? std::string("-")
            : ago(std::chrono::seconds(std::max<std::int64_t>(0, now - one.proved_seconds)));
    terminal.out(fmt::format("{:40}  {:12}  {:18}  {}", one.id.hex(), shown(one.fragments), proved,
                             addresses));
  }
}

Result<int> run(Session& session, const std::string& text) {
  auto link = TRY(DaemonLink::open(session));
  const auto hash = TRY(content_hash_of(session, link, text));
  auto holders = TRY(ask(session, link, hash));
  if (holders.empty()) {
    return fail(Code::not_found, "nobody is known to keep {}", hash.hex());
  }
  std::ranges::sort(holders, {},
                    [](const Holder& one) { return std::pair(numbers_of(one.fragments), one.id); });
  if (session.json()) {
    auto rows = nlohmann::ordered_json::array();
    for (const auto& one : holders) {
      auto addresses = nlohmann::ordered_json::array();
      for (const auto& endpoint : one.endpoints) addresses.push_back(endpoint.text());
      nlohmann::ordered_json row = {{"node_id", one.id.hex()},
                                    {"addresses", addresses},
                                    {"fragments", numbers_of(one.fragments)},
                                    {"whole", one.fragments.none()}};
      row["last_proved"] = one.proved_seconds == 0
                               ? nlohmann::ordered_json(nullptr)
                               : nlohmann::ordered_json(base::to_rfc3339({one.proved_seconds, 0}));
      rows.push_back(std::move(row));
    }
    print_json(session.terminal(), "holders", {{"content_hash", hash.hex()}, {"holders", rows}});
    return 0;
  }
  print(session, holders);
  return 0;
}

}  // namespace

void add_holders(CLI::App& app, Chosen& chosen) {
  auto* command = app.add_subcommand("holders", "List the nodes that keep fragments of a tessera");
  command->footer(
      "  tes holders 9f2c4a1b\n"
      "  tes holders 9f2c4a1b --json | jq '.holders | length'");
  auto hash = std::make_shared<std::string>();
  command->add_option("hash", *hash, "Content hash; its first 8 or more digits if it is yours")
      ->type_name("HASH")
      ->required();
  command->callback([&chosen, hash] {
    chosen = {"holders", [hash](Session& session) { return run(session, *hash); }};
  });
}

}  // namespace tesseras::tes
