// What `tes create` says when it is done: every file that lay in the folder, and what became of it.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "apps/tes/terminal.hpp"
#include "preserve/custody/create.hpp"

namespace tesseras::tes {

nlohmann::ordered_json to_json(const custody::CreateReport& report, bool dry_run);

// For people: each file in a dry run or with -v, else only those that they would ask about, then
// the sum, then the hashes.
void print(Terminal& terminal, const custody::CreateReport& report, bool dry_run, bool split);

}  // namespace tesseras::tes
