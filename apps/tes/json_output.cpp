#include "apps/tes/json_output.hpp"

#include <nlohmann/json.hpp>

namespace tesseras::tes {

void print_json(Terminal& terminal, std::string_view command,
                const nlohmann::ordered_json& fields) {
  nlohmann::ordered_json object;
  object["version"] = 1;
  object["command"] = command;
  object.update(fields);
  terminal.out(object.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
}

void print_json_error(Terminal& terminal, std::string_view command, const base::Error& error) {
  print_json(terminal, command,
             {{"error", {{"code", base::name_of(error.code)}, {"message", error.message}}}});
}

}  // namespace tesseras::tes
