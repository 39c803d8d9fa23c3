#include "apps/tes/exported.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "apps/command_line/choice.hpp"
#include "apps/tes/json_output.hpp"
#include "foundation/base/text.hpp"

namespace tesseras::tes {

void add_export_target(CLI::App& command, ExportTarget& target, const char* destination_help) {
  command.add_option("hash", target.hash, "Content hash, or its first 8 or more digits")
      ->type_name("HASH")
      ->required();
  command.add_option("dest", target.destination, destination_help)
      ->type_name("DIR")
      ->check(command_line::not_empty())
      ->required();
  const std::map<std::string, custody::ExportFormat> formats = {
      {"dir", custody::ExportFormat::folder},
      {"tar", custody::ExportFormat::tar},
      {"bag", custody::ExportFormat::bag}};
  command.add_option("--format", target.format, "dir, tar or bag")
      ->type_name("FORMAT")
      ->default_str("dir")
      ->transform(command_line::one_of(formats));
}

void print(Session& session, std::string_view command, const base::ContentHash& hash,
           const custody::Exported& exported, std::string_view how) {
  auto& terminal = session.terminal();
  if (session.json()) {
    print_json(terminal, command,
               {{"content_hash", hash.hex()},
                {"path", exported.at.string()},
                {"files", exported.files},
                {"size_bytes", exported.size_bytes},
                {"completed", exported.completed}});
    return;
  }
  terminal.out(fmt::format("{} {}", how, base::to_printable(exported.at.string())));
  if (exported.completed) terminal.note("It was there already, and is now whole and compared.");
}

}  // namespace tesseras::tes
