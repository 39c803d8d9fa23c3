// Who is to open a sealed tessera at its date without its author: what `tes create` is told of
// them, and what it keeps.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apps/tes/session.hpp"
#include "preserve/contacts/store.hpp"
#include "preserve/custody/create.hpp"

namespace tesseras::tes {

struct WitnessOptions {
  std::vector<std::string> nodes;   // --witness: names of contacts
  std::vector<std::string> people;  // --heirs
  std::optional<unsigned> threshold;
  bool owner_only = false;
};

// The card of a person. invalid: it is a node's; `hint` says what to do. not_found.
Result<contacts::Card> person_of(const contacts::ContactStore& contacts, const std::string& name,
                                 std::string_view hint);

// Their keys into `create`, whose visibility is known. The ids of the nodes among them.
// invalid: a sealed one without any of this, or another one with; a node where a person is meant,
// or a person where a node is. not_found: nobody is called so.
Result<std::vector<dht::NodeId>> add_witnesses(const contacts::ContactStore& contacts,
                                               const WitnessOptions& options,
                                               custody::CreateOptions& create);

// What it means for people; nothing where there are no witnesses.
void print_witnesses(Terminal& terminal, const custody::CreateOptions& create);

// {"threshold": 2, "count": 3}
nlohmann::ordered_json witnesses_to_json(std::size_t threshold, std::size_t count);

// Which nodes the daemon is to tell, once for each tessera that was made. Errors as the disk's.
Result<void> note_witnesses(Session& session, const custody::CreateReport& report,
                            const std::vector<dht::NodeId>& nodes);

}  // namespace tesseras::tes
