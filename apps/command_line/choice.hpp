// Values that an option refuses while the line is parsed, in words of ours.
#pragma once

#include <CLI/CLI.hpp>

#include <map>
#include <string>
#include <type_traits>
#include <vector>

#include "apps/command_line/help.hpp"

namespace tesseras::command_line {

// One of a few names, turned into its enum. Another is refused with all of them, or the nearest.
template <typename Enum>
CLI::Validator one_of(std::map<std::string, Enum> names) {
  return CLI::Validator(
      [names = std::move(names)](std::string& value) -> std::string {
        const auto at = names.find(value);
        if (at == names.end()) {
          std::vector<std::string> known;
          for (const auto& [name, meant] : names) known.push_back(name);
          return not_one_of(value, known);
        }
        value = std::to_string(static_cast<std::underlying_type_t<Enum>>(at->second));
        return "";
      },
      "");
}

// A path that a script forgot to fill in would else mean the working folder.
inline CLI::Validator not_empty() {
  return CLI::Validator(
      [](std::string& value) { return std::string(value.empty() ? "it is empty" : ""); }, "");
}

}  // namespace tesseras::command_line
