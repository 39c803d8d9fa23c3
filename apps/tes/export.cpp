#include "preserve/custody/export.hpp"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "apps/command_line/choice.hpp"
#include "apps/tes/json_output.hpp"
#include "apps/tes/session.hpp"
#include "foundation/base/text.hpp"

namespace tesseras::tes {
namespace {

using command_line::not_empty;
using command_line::one_of;

struct Options {
  std::string hash;
  std::filesystem::path destination;
  custody::ExportFormat format = custody::ExportFormat::folder;
};

Result<int> run(Session& session, const Options& options) {
  TRY(refuse_vault(session, options.destination));
  const auto vault = TRY(session.open_vault());
  const auto hash = TRY(vault->find(options.hash));
  const auto files = custody::files_in_vault(*vault, hash);
  auto tools = session.tools();
  const auto exported =
      TRY(custody::export_tessera(*files, options.destination, options.format, tools));
  auto& terminal = session.terminal();
  if (session.json()) {
    print_json(terminal, "export",
               {{"content_hash", hash.hex()},
                {"path", exported.at.string()},
                {"files", exported.files},
                {"size_bytes", exported.size_bytes},
                {"completed", exported.completed}});
    return 0;
  }
  terminal.out(fmt::format("Exported to {}", base::to_printable(exported.at.string())));
  if (exported.completed) terminal.note("It was there already, and is now whole and compared.");
  return 0;
}

}  // namespace

void add_export(CLI::App& app, Chosen& chosen) {
  auto* command = app.add_subcommand(
      "export",
      "Export tessera to a self-contained directory. It is a folder, tar or bag that needs no "
      "software of ours to be read and checked.");
  command->footer(
      "  tes export 9f2c4a1b /media/usb\n"
      "  tes export 9f2c4a1b ./out --format tar\n"
      "  tes export 9f2c4a1b ./archive --format bag     BagIt, as libraries and archives ask for");
  auto options = std::make_shared<Options>();
  command->add_option("hash", options->hash, "Content hash, or its first 8 or more digits")
      ->type_name("HASH")
      ->required();
  command->add_option("dest", options->destination, "Folder to export into; made when missing")
      ->type_name("DIR")
      ->check(not_empty())
      ->required();
  const std::map<std::string, custody::ExportFormat> formats = {
      {"dir", custody::ExportFormat::folder},
      {"tar", custody::ExportFormat::tar},
      {"bag", custody::ExportFormat::bag}};
  command->add_option("--format", options->format, "dir, tar or bag")
      ->type_name("FORMAT")
      ->default_str("dir")
      ->transform(one_of(formats));
  command->callback([&chosen, options] {
    chosen = {"export", [options](Session& session) { return run(session, *options); }};
  });
}

}  // namespace tesseras::tes
