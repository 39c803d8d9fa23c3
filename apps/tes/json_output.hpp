// What --json prints: one object on stdout, {"version": 1, "command": "...", ...}. Keys may be
// added to version 1; none is renamed or taken away.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include <string_view>

#include "apps/tes/terminal.hpp"
#include "foundation/base/result.hpp"

namespace tesseras::tes {

// `fields` is an object; text in it that is not UTF-8 is shown with U+FFFD.
void print_json(Terminal& terminal, std::string_view command, const nlohmann::ordered_json& fields);
void print_json_error(Terminal& terminal, std::string_view command, const base::Error& error);

}  // namespace tesseras::tes
