#include "preserve/custody/export.hpp"

#include <CLI/CLI.hpp>

#include "apps/tes/exported.hpp"
#include "apps/tes/session.hpp"

namespace tesseras::tes {
namespace {

Result<int> run(Session& session, const ExportTarget& options) {
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
  auto options = std::make_shared<ExportTarget>();
  add_export_target(*command, *options, "Folder to export into; made when missing");
  command->callback([&chosen, options] {
    chosen = {"export", [options](Session& session) { return run(session, *options); }};
  });
}

}  // namespace tesseras::tes
