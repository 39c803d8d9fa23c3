#include "apps/tes/create_witnesses.hpp"

#include <nlohmann/json.hpp>

#include "foundation/base/text.hpp"
#include "preserve/contacts/witness_notes.hpp"

namespace tesseras::tes {
namespace {

using base::Code;
using base::fail;
using base::fail_in;
using base::to_printable;

Result<void> check(const WitnessOptions& options, bool is_sealed) {
  const bool has_some = !options.nodes.empty() || !options.people.empty();
  if (options.owner_only && !is_sealed)
    return fail(Code::invalid, "--owner-only is of sealed tesserae alone");
  if (options.owner_only && has_some) {
    return fail(Code::invalid,
                "with witnesses or heirs it is not its owner's alone: leave --owner-only away");
  }
  if (is_sealed && !has_some && !options.owner_only) {
    return fail(Code::invalid,
                "nobody but you could open it when its time has come, and perhaps nobody ever: "
                "name nodes and people who open it then without you, with --witness NAME and "
                "--heirs NAME, or say --owner-only if that is meant");
  }
  if (options.threshold && !has_some)
    return fail(Code::invalid, "--threshold is of witnesses and heirs, and none is named");
  return {};
}

}  // namespace

Result<std::vector<dht::NodeId>> add_witnesses(const contacts::ContactStore& contacts,
                                               const WitnessOptions& options,
                                               custody::CreateOptions& create) {
  TRY(check(options, create.visibility == tessera::Visibility::sealed));
  std::vector<dht::NodeId> nodes;
  for (const auto& name : options.nodes) {
    const auto card = TRY(contacts.find(name)).card;
    const auto* node = std::get_if<contacts::NodeCard>(&card);
    if (node == nullptr) {
      return fail(Code::invalid, "'{}' is a person: --heirs names people, --witness nodes",
                  to_printable(name));
    }
    nodes.push_back(contacts::node_id_of(*node));
    create.witnesses.push_back(node->xwing);
  }
  for (const auto& name : options.people) {
    const auto person = TRY(person_of(contacts, name, "--heirs names people, --witness nodes"));
    create.witnesses.push_back(person.xwing);
  }
  const auto majority = static_cast<unsigned>(create.witnesses.size() / 2 + 1);
  if (!create.witnesses.empty()) create.threshold = options.threshold.value_or(majority);
  return nodes;
}

Result<contacts::Card> person_of(const contacts::ContactStore& contacts, const std::string& name,
                                 std::string_view hint) {
  const auto card = TRY(contacts.find(name)).card;
  if (const auto* person = std::get_if<contacts::Card>(&card)) return *person;
  return fail(Code::invalid, "'{}' is a node, and no person: {}", to_printable(name), hint);
}

void print_witnesses(Terminal& terminal, const custody::CreateOptions& create) {
  const auto count = create.witnesses.size();
  if (count == 0) return;
  terminal.out(fmt::format("Opened then by {} of {} witnesses", create.threshold, count));
  if (create.threshold == 1) {
    terminal.note(
        "Any one of them alone can open it, and before its date too. With --threshold 2 or more "
        "that takes several who break their word.");
  }
  if (create.threshold == count) {
    terminal.note(count == 1 ? "If that one is lost, nobody but you opens it."
                             : "If one of them is lost, nobody but you opens it.");
  }
}

nlohmann::ordered_json witnesses_to_json(std::size_t threshold, std::size_t count) {
  return {{"threshold", threshold}, {"count", count}};
}

Result<void> note_witnesses(Session& session, const custody::CreateReport& report,
                            const std::vector<dht::NodeId>& nodes) {
  if (nodes.empty()) return {};
  contacts::WitnessNotes notes(session.disk(), session.data_dir());
  for (const auto& tessera : report.tesserae) {
    if (auto noted = notes.write(tessera.content_hash, nodes); !noted) {
      return fail_in(std::move(noted).error(),
                     "the tessera was made, but who its witnesses are could not be noted, so "
                     "nobody will tell them");
    }
  }
  return {};
}

}  // namespace tesseras::tes
