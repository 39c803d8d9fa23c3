// --language of the commands that write pages.
#pragma once

#include <CLI/CLI.hpp>

#include "apps/command_line/choice.hpp"
#include "foundation/paper/language.hpp"

namespace tesseras::tes {

inline void add_page_language(CLI::App& command, paper::Language& language) {
  const std::map<std::string, paper::Language> languages = {{"en", paper::Language::english},
                                                            {"pt", paper::Language::portuguese}};
  command.add_option("--language", language, "The language of the page: en or pt")
      ->type_name("EN_OR_PT")
      ->default_str("en")
      ->transform(command_line::one_of(languages));
}

}  // namespace tesseras::tes
