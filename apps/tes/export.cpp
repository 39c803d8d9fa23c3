#include "preserve/custody/export.hpp"

#include <CLI/CLI.hpp>

#include "apps/command_line/choice.hpp"
#include "apps/tes/exported.hpp"
#include "apps/tes/session.hpp"

namespace tesseras::tes {
namespace {

using command_line::not_empty;

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
  print(session, "export", hash, exported, "Exported to");
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
  add_format(*command, options->format);
  command->callback([&chosen, options] {
    chosen = {"export", [options](Session& session) { return run(session, *options); }};
  });
}

}  // namespace tesseras::tes
