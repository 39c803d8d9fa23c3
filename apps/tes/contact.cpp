#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "apps/command_line/choice.hpp"
#include "apps/tes/contact_card.hpp"
#include "apps/tes/given_text.hpp"
#include "apps/tes/json_output.hpp"
#include "apps/tes/session.hpp"
#include "foundation/base/text.hpp"
#include "preserve/contacts/store.hpp"

namespace tesseras::tes {
namespace {

using contacts::AnyCard;
using contacts::Card;
using contacts::Contact;
using contacts::ContactStore;
using contacts::NodeCard;

ContactStore contacts_of(Session& session) {
  return ContactStore(session.disk(), session.data_dir());
}

nlohmann::ordered_json node_to_json(const NodeCard& card) {
  return {{"fingerprint", contacts::fingerprint_of(card)},
          {"node_id", contacts::node_id_of(card).hex()}};
}

bool is_node(const AnyCard& card) { return std::holds_alternative<NodeCard>(card); }
const char* kind_of(const AnyCard& card) { return is_node(card) ? "node" : "person"; }

nlohmann::ordered_json to_json(const Contact& contact) {
  nlohmann::ordered_json json = {{"name", contact.name}, {"kind", kind_of(contact.card)}};
  const auto* person = std::get_if<Card>(&contact.card);
  json.update(person != nullptr ? card_to_json(*person)
                                : node_to_json(std::get<NodeCard>(contact.card)));
  return json;
}

void print_lines(Terminal& terminal, const AnyCard& card) {
  terminal.out(std::string("Kind:         ") + kind_of(card));
  terminal.out("Fingerprint:  " + terminal.bold(contacts::fingerprint_of(card)));
  if (const auto* node = std::get_if<NodeCard>(&card))
    terminal.out("Node:         " + contacts::node_id_of(*node).hex());
  if (const auto* person = std::get_if<Card>(&card))
    terminal.out("Creator:      " + identity::fingerprint_of(person->ed25519).hex());
}

Result<int> add(Session& session, const std::string& name, const std::filesystem::path& file) {
  const auto text = TRY(read_given_text(session.disk(), file, contacts::card_bytes_max));
  const auto contact = TRY(contacts_of(session).add(name, text));
  auto& terminal = session.terminal();
  if (session.json()) {
    print_json(terminal, "contact add", to_json(contact));
    return 0;
  }
  terminal.out(fmt::format("Added: {}", base::to_printable(name)));
  print_lines(terminal, contact.card);
  terminal.note(fmt::format(
      "Compare these digits aloud, with a voice that you know: the other side sees them "
      "with `tes {} card`. If they differ, the card is somebody else's: remove it.",
      is_node(contact.card) ? "node" : "contact"));
  return 0;
}

Result<int> list(Session& session) {
  const auto all = TRY(contacts_of(session).all());
  auto& terminal = session.terminal();
  if (session.json()) {
    auto array = nlohmann::ordered_json::array();
    for (const auto& contact : all) array.push_back(to_json(contact));
    print_json(terminal, "contact list", {{"contacts", array}});
    return 0;
  }
  if (all.empty()) {
    terminal.out("No contacts.");
    terminal.note("Ask somebody for a card (`tes contact card`), and: tes contact add NAME FILE");
  }
  for (const auto& contact : all)
    terminal.out(fmt::format("{}  {:6}  {}", contacts::fingerprint_of(contact.card),
                             kind_of(contact.card), base::to_printable(contact.name)));
  return 0;
}

Result<int> show(Session& session, const std::string& name) {
  const auto contact = TRY(contacts_of(session).find(name));
  auto& terminal = session.terminal();
  if (session.json()) {
    print_json(terminal, "contact show", to_json(contact));
    return 0;
  }
  terminal.out("Name:         " + base::to_printable(contact.name));
  print_lines(terminal, contact.card);
  return 0;
}

Result<int> remove(Session& session, const std::string& name) {
  TRY(contacts_of(session).remove(name));
  auto& terminal = session.terminal();
  if (session.json()) {
    print_json(terminal, "contact remove", {{"name", name}});
    return 0;
  }
  terminal.out(fmt::format("Removed: {}", base::to_printable(name)));
  terminal.note("What was made for them before, they can open still.");
  return 0;
}

}  // namespace

void add_contact(CLI::App& app, Chosen& chosen) {
  auto* command = app.add_subcommand(
      "contact",
      "People whom you can make tesserae for (`tes create --visibility circle --to NAME`), and "
      "nodes "
      "that can be witnesses (`--witness NAME`). A card holds public keys and is no secret; whose "
      "it is, you compare aloud.");
  command->footer(
      "  tes contact card > my.contact        your own, to be given to others\n"
      "  tes contact card --pdf my-card.pdf   the same as a page with a QR code\n"
      "  tes contact add Ana ana.contact\n"
      "  zbarimg --raw -q photo.jpg | tes contact add Ana -\n"
      "  tes contact list");
  command->require_subcommand(1);

  auto* sub = command->add_subcommand("add", "Add somebody by their card");
  sub->fallthrough();
  auto name = std::make_shared<std::string>();
  auto file = std::make_shared<std::filesystem::path>();
  sub->add_option("name", *name, "What you call them")->type_name("NAME")->required();
  sub->add_option("card", *file,
                  "The file that holds their card, also as a scanner read it; - is standard input")
      ->type_name("FILE")
      ->check(command_line::not_empty())
      ->required();
  sub->callback([&chosen, name, file] {
    chosen = {"contact add", [name, file](Session& session) { return add(session, *name, *file); }};
  });

  sub = command->add_subcommand("list", "List all, with their fingerprints");
  sub->fallthrough();
  sub->callback([&chosen] { chosen = {"contact list", list}; });

  using OfName = Result<int> (*)(Session&, const std::string&);
  const auto add_of_name = [&](const char* word, const char* text, OfName body) {
    auto* of_name = command->add_subcommand(word, text);
    of_name->fallthrough();
    auto whom = std::make_shared<std::string>();
    of_name->add_option("name", *whom, "What you call them")->type_name("NAME")->required();
    of_name->callback([&chosen, word, body, whom] {
      chosen = {std::string("contact ") + word,
                [body, whom](Session& session) { return body(session, *whom); }};
    });
  };
  add_of_name("show", "Show one, to compare the fingerprint", show);
  add_of_name("remove", "Remove one; what was made for them they can open still", remove);

  add_contact_card(*command, chosen);
}

}  // namespace tesseras::tes
