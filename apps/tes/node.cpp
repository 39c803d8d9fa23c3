#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>

#include "apps/tes/daemon_link.hpp"
#include "apps/tes/json_output.hpp"
#include "foundation/base/text.hpp"
#include "node/control_refusal_messages.hpp"
#include "node/control_release_messages.hpp"
#include "preserve/contacts/card.hpp"

namespace tesseras::tes {
namespace {

using Blocked = node::BlockedAnswer::Tessera;

Result<int> block(Session& session, const std::string& text) {
  auto link = TRY(DaemonLink::open(session));
  const auto hash = TRY(content_hash_of(session, link, text));
  const auto answer = TRY(link.ask(node::BlockRequest{hash}));
  auto& terminal = session.terminal();
  if (session.json()) {
    print_json(terminal, "node block",
               {{"content_hash", hash.hex()}, {"fragments_dropped", answer.fragments}});
    return 0;
  }
  terminal.out(fmt::format("Blocked: {}", hash.hex()));
  terminal.note(answer.fragments == 0
                    ? std::string("This node kept nothing of it for others, and will not.")
                    : fmt::format("{} gone from this node; the others make up for that.",
                                  base::counted(answer.fragments, "fragment is", "fragments are")));
  return 0;
}

Result<int> open_deposit(Session& session, const std::string& text) {
  auto link = TRY(DaemonLink::open(session));
  const auto hash = TRY(content_hash_of(session, link, text));
  const auto answer = TRY(link.ask(node::OpenDepositRequest{hash}));
  auto& terminal = session.terminal();
  if (session.json()) {
    print_json(terminal, "node open",
               {{"content_hash", hash.hex()},
                {"nodes_asked", answer.asked},
                {"nodes_keeping", answer.kept}});
    return 0;
  }
  terminal.out(fmt::format("Released this node's part of the key of {}: {} it.", hash.hex(),
                           answer.kept == 1 ? std::string("1 other node keeps")
                                            : fmt::format("{} other nodes keep", answer.kept)));
  return 0;
}

Result<int> unblock(Session& session, const std::string& text) {
  auto link = TRY(DaemonLink::open(session));
  const auto hash = TRY(content_hash_of(session, link, text));
  TRY(link.ask(node::UnblockRequest{hash}));
  auto& terminal = session.terminal();
  if (session.json()) {
    print_json(terminal, "node unblock", {{"content_hash", hash.hex()}});
    return 0;
  }
  terminal.out(fmt::format("Not blocked any more: {}", hash.hex()));
  terminal.note("What was deleted does not come back by itself; others may offer it again.");
  return 0;
}

Result<std::vector<Blocked>> all_blocked(DaemonLink& link) {
  std::vector<Blocked> all;
  for (;;) {
    auto answer = TRY(link.ask(node::BlockedRequest{static_cast<std::uint32_t>(all.size())}));
    std::ranges::move(answer.tesserae, std::back_inserter(all));
    if (!answer.has_more || answer.tesserae.empty()) return all;
  }
}

Result<int> list_blocked(Session& session) {
  auto link = TRY(DaemonLink::open(session));
  const auto all = TRY(all_blocked(link));
  auto& terminal = session.terminal();
  const auto since = [](const Blocked& one) {
    return base::to_rfc3339(base::WallTime{one.since_seconds, 0});
  };
  if (session.json()) {
    auto array = nlohmann::ordered_json::array();
    for (const auto& one : all)
      array.push_back({{"content_hash", one.content_hash.hex()}, {"since", since(one)}});
    print_json(terminal, "node blocked", {{"tesserae", array}});
    return 0;
  }
  if (all.empty()) terminal.out("Nothing is blocked on this node.");
  for (const auto& one : all)
    terminal.out(fmt::format("{}  since {}", one.content_hash.hex(), since(one).substr(0, 10)));
  return 0;
}

Result<int> card(Session& session) {
  auto link = TRY(DaemonLink::open(session));
  auto text = TRY(link.ask(node::NodeCardRequest{})).card;
  const auto fingerprint = contacts::fingerprint_of(TRY(contacts::decode(text)));
  auto& terminal = session.terminal();
  if (session.json()) {
    print_json(terminal, "node card",
               {{"fingerprint", fingerprint}, {"node_id", link.info().id.hex()}, {"card", text}});
    return 0;
  }
  text.pop_back();  // out() ends the line itself
  terminal.out(text);
  terminal.note("This node's fingerprint, to be compared aloud:  " + fingerprint);
  return 0;
}

}  // namespace

void add_node(CLI::App& app, Chosen& chosen) {
  auto* command = app.add_subcommand(
      "node",
      "What your node keeps for others, and what not, and its card. A tessera that is blocked is "
      "deleted from "
      "what it keeps for others, and not taken again; your own vault keeps what it has.");
  command->footer(
      "  tes node block 9f2c4a1b3e7d8f0c9f2c4a1b3e7d8f0c9f2c4a1b3e7d8f0c9f2c4a1b3e7d8f0c\n"
      "  tes node blocked       what is blocked, and since when\n"
      "  tes node card > attic.contact\n"
      "  tes node unblock 9f2c4a1b3e7d8f0c9f2c4a1b3e7d8f0c9f2c4a1b3e7d8f0c9f2c4a1b3e7d8f0c");
  command->require_subcommand(1);
  using OfTessera = Result<int> (*)(Session&, const std::string&);
  const auto add = [&](const char* name, const char* text, OfTessera body) {
    auto* sub = command->add_subcommand(name, text);
    sub->fallthrough();
    auto hash = std::make_shared<std::string>();
    sub->add_option("hash", *hash, "Content hash; its first 8 or more digits if it is yours")
        ->type_name("HASH")
        ->required();
    sub->callback([&chosen, name, body, hash] {
      chosen = {std::string("node ") + name,
                [body, hash](Session& session) { return body(session, *hash); }};
    });
  };
  add("block", "Delete what this node keeps of a tessera for others, and take no more of it",
      block);
  add("open",
      "As a witness: its date has come. For where too few other clocks can be asked; a daemon that "
      "can ask them needs nobody",
      open_deposit);
  add("unblock", "Let others give it to this node again", unblock);
  auto* sub = command->add_subcommand("blocked", "List what is blocked");
  sub->fallthrough();
  sub->callback([&chosen] { chosen = {"node blocked", list_blocked}; });
  sub = command->add_subcommand("card", "Print the node's card, by which it is named a witness");
  sub->fallthrough();
  sub->callback([&chosen] { chosen = {"node card", card}; });
}

}  // namespace tesseras::tes
