#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>

#include "apps/tes/capsule.hpp"
#include "apps/tes/daemon_link.hpp"
#include "apps/tes/json_output.hpp"
#include "foundation/base/text.hpp"
#include "node/control_refusal_messages.hpp"
#include "preserve/custody/pack.hpp"
#include "preserve/replica/retraction.hpp"

namespace tesseras::tes {
namespace {

using base::Code;
using base::fail;

struct Options {
  std::string hash;
  std::filesystem::path passphrase_file;
  bool yes = false;
};

// The vault that has it, for certain.
Result<std::unique_ptr<vault::Vault>> vault_that_has(Session& session, const DaemonLink& link,
                                                     const base::ContentHash& hash) {
  auto own = session.open_vault();
  if (own && (*own)->tessera(hash)) return own;
  auto theirs = session.open_vault_at(link.data_dir());
  if (theirs && (*theirs)->tessera(hash)) return theirs;
  return fail(Code::not_found,
              "{0} is in no vault here, and its MANIFEST is needed to show whose it is; bring it "
              "back first: tes fetch {0}",
              hash.hex());
}

Result<void> confirm(Session& session, const Options& options, const vault::TesseraInfo& tessera) {
  if (options.yes) return {};
  auto& terminal = session.terminal();
  const auto name = tessera.content_hash.hex().substr(0, 16);
  if (!terminal.can_ask()) {
    return fail(Code::denied,
                "taking {} back is for good; say --yes when you mean it: tes retract {} --yes",
                name, name);
  }
  const auto title = base::to_printable(tessera.title);
  terminal.note(
      "Those who keep it for others delete it, and nobody can publish it again. Copies that "
      "somebody "
      "has fetched or exported stay; so does the one in your vault.");
  const auto answer = TRY(terminal.ask(fmt::format("Take {}{} back, for good? Type yes:", name,
                                                   title.empty() ? "" : " “" + title + "”")));
  if (answer != "yes") return fail(Code::cancelled, "nothing was taken back");
  return {};
}

Result<base::Bytes> sign(Session& session, DaemonLink& link, const Options& options,
                         const base::ContentHash& hash) {
  const auto vault = TRY(vault_that_has(session, link, hash));
  const auto tessera = TRY(vault->tessera(hash));
  const auto author = TRY(session.open_identity(options.passphrase_file));
  if (tessera.creator != author.public_keys().ed25519) {
    return fail(Code::denied, "{} is another author's, and only its author can take it back",
                hash.hex().substr(0, 16));
  }
  TRY(confirm(session, options, tessera));
  const auto pack = TRY(custody::Pack::open(*vault, hash));
  const auto retraction = TRY(
      replica::SignedRetraction::make(pack.manifest().text(), session.clock().wall_now(), author));
  return retraction.encoded();
}

// Until all holders that are known were told, or found to be away.
Result<node::RetractionAnswer> wait_for_holders(Session& session, DaemonLink& link,
                                                const base::ContentHash& hash) {
  session.terminal().progress().stage("telling those who keep it", 0);
  for (;;) {
    auto answer = TRY(link.ask(node::RetractionRequest{hash}));
    if (!answer.is_busy) {
      session.terminal().end_progress();
      return answer;
    }
    TRY(link.pause());
  }
}

// Those who may have a part of its key still, and release it at its date unless they are told.
Result<std::vector<dht::NodeId>> witnesses_not_told(DaemonLink& link,
                                                    const base::ContentHash& hash) {
  const auto capsule = TRY(capsule_of(link, hash));
  std::vector<dht::NodeId> nodes;
  nodes.reserve(capsule.witnesses.size());
  for (const auto& witness : capsule.witnesses) nodes.push_back(witness.id);
  return nodes;
}

std::string day_of(std::int64_t seconds) {
  return base::to_rfc3339(base::WallTime{seconds, 0}).substr(0, 10);
}

std::size_t let_go_by(const node::RetractionAnswer& answer) {
  return static_cast<std::size_t>(
      std::ranges::count_if(answer.holders, [](const auto& one) { return one.has_let_go; }));
}

void print(Terminal& terminal, const base::ContentHash& hash, const node::RetractionAnswer& answer,
           const std::vector<dht::NodeId>& witnesses) {
  const auto gone = let_go_by(answer);
  const auto away = answer.holders.size() - gone;
  terminal.out(fmt::format("Taken back on {}: {}", day_of(answer.retracted_seconds), hash.hex()));
  terminal.out(fmt::format("{} {} let go of it.", base::counted(gone, "other node", "other nodes"),
                           gone == 1 ? "has" : "have"));
  if (away > 0) {
    terminal.out(fmt::format("{} could not be told yet, and {} when back:",
                             base::counted(away, "node", "nodes"), away == 1 ? "is" : "are"));
  }
  for (const auto& holder : answer.holders) {
    if (holder.has_let_go) continue;
    std::string line = "  " + holder.id.hex();
    for (const auto& endpoint : holder.endpoints) line += "  " + endpoint.text();
    terminal.out(line);
  }
  if (!witnesses.empty()) {
    terminal.out(fmt::format(
        "{} could not be told yet, and {} when back; until then {} its key:",
        base::counted(witnesses.size(), "witness", "witnesses"),
        witnesses.size() == 1 ? "is" : "are",
        witnesses.size() == 1 ? "it may release its part of" : "they may release their parts of"));
  }
  for (const auto& witness : witnesses) terminal.out("  " + witness.hex());
  terminal.note(
      "Copies that somebody has fetched or exported stay with whoever has them. So does the one in "
      "your vault, until: tes remove " +
      hash.hex().substr(0, 16));
}

nlohmann::ordered_json to_json(const base::ContentHash& hash, const node::RetractionAnswer& answer,
                               const std::vector<dht::NodeId>& witnesses, bool was_retracted) {
  auto holders = nlohmann::ordered_json::array();
  for (const auto& holder : answer.holders) {
    auto addresses = nlohmann::ordered_json::array();
    for (const auto& endpoint : holder.endpoints) addresses.push_back(endpoint.text());
    holders.push_back(
        {{"node_id", holder.id.hex()}, {"addresses", addresses}, {"let_go", holder.has_let_go}});
  }
  auto not_told = nlohmann::ordered_json::array();
  for (const auto& witness : witnesses) not_told.push_back(witness.hex());
  const auto gone = let_go_by(answer);
  return {{"content_hash", hash.hex()},
          {"retracted_at", base::to_rfc3339(base::WallTime{answer.retracted_seconds, 0})},
          {"was_retracted", was_retracted},
          {"let_go", gone},
          {"not_told", answer.holders.size() - gone},
          {"holders", holders},
          {"witnesses_not_told", not_told}};
}

Result<int> run(Session& session, const Options& options) {
  auto link = TRY(DaemonLink::open(session));
  const auto hash = TRY(content_hash_of(session, link, options.hash));
  const bool was_retracted = TRY(link.ask(node::StatusRequest{hash})).retracted_seconds.has_value();
  if (!was_retracted) TRY(link.ask(node::RetractRequest{TRY(sign(session, link, options, hash))}));
  const auto answer = TRY(wait_for_holders(session, link, hash));
  const auto witnesses = TRY(witnesses_not_told(link, hash));
  if (session.json()) {
    print_json(session.terminal(), "retract", to_json(hash, answer, witnesses, was_retracted));
  } else {
    print(session.terminal(), hash, answer, witnesses);
  }
  return 0;
}

}  // namespace

void add_retract(CLI::App& app, Chosen& chosen) {
  auto* command = app.add_subcommand(
      "retract",
      "Take a published tessera back. Whoever keeps it for others deletes it, and keeps it never "
      "again; nobody can make anybody delete a copy that was fetched or exported. It is for good. "
      "Asked again, it says who has let go of it by now");
  command->footer("  tes retract 9f2c4a1b");
  auto options = std::make_shared<Options>();
  command->add_option("hash", options->hash, "Content hash, or its first 8 or more digits")
      ->type_name("HASH")
      ->required();
  command->add_flag("-y,--yes", options->yes, "Do not ask");
  command
      ->add_option("--passphrase-file", options->passphrase_file,
                   "Take the identity's passphrase from the first line of a file")
      ->type_name("FILE");
  command->callback([&chosen, options] {
    chosen = {"retract", [options](Session& session) { return run(session, *options); }};
  });
}

}  // namespace tesseras::tes
