// `tes contact card`: one's own card, as text, on the screen or on paper.
#pragma once

#include <nlohmann/json.hpp>

#include "apps/tes/session.hpp"
#include "preserve/contacts/card.hpp"

namespace tesseras::tes {

// What every answer of `tes contact` says of a card.
nlohmann::ordered_json card_to_json(const contacts::Card& card);

// The subcommand `card` of `contact`.
void add_contact_card(CLI::App& contact, Chosen& chosen);

}  // namespace tesseras::tes
