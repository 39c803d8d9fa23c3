#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "apps/tes/exported.hpp"
#include "apps/tes/session.hpp"
#include "foundation/base/text.hpp"
#include "preserve/custody/opening.hpp"

namespace tesseras::tes {
namespace {

using base::Code;
using base::fail;
using custody::Closed;

struct Options : ExportTarget {
  std::filesystem::path passphrase_file;
};

// What was decrypted is for nobody else who uses this machine.
constexpr std::uint32_t folder_permissions = 0700;

Result<sealing::ContentKey> key_for(const Closed& closed, const identity::Identity& reader) {
  auto key = closed.key_of(reader);
  const auto& open_after = closed.manifest().header().open_after;
  if (key || key.error().code != Code::denied || !open_after) return key;
  return fail(Code::denied,
              "it was not made for this identity, and opens for everybody on {}; from then on: tes "
              "unseal {} DIR",
              base::to_rfc3339(*open_after), closed.manifest().content_hash().hex().substr(0, 16));
}

Result<int> run(Session& session, const Options& options) {
  TRY(refuse_vault(session, options.destination));
  const auto vault = TRY(session.open_vault());
  const auto closed = TRY(Closed::find(*vault, TRY(vault->find(options.hash))));
  const auto reader = TRY(session.open_identity(options.passphrase_file));
  const auto files = TRY(closed.open(TRY(key_for(closed, reader))));
  TRY(session.disk().make_folders(options.destination, folder_permissions));
  auto tools = session.tools();
  const auto exported =
      TRY(custody::export_tessera(*files, options.destination, options.format, tools));
  print(session, "open", closed.manifest().content_hash(), exported, "Opened into");
  if (!session.json()) {
    session.terminal().note(
        "It is readable there for whoever can read that folder; "
        "publish the encrypted one, not this.");
  }
  return 0;
}

}  // namespace

void add_open(CLI::App& app, Chosen& chosen) {
  auto* command = app.add_subcommand(
      "open",
      "Open an encrypted tessera that was made for you. What comes out is a tessera like any "
      "other, that needs neither a key nor software of ours; the encrypted one stays as it is.");
  command->footer(
      "  tes open 9f2c4a1b ./out\n"
      "  tes open 9f2c4a1b ./out --format tar");
  auto options = std::make_shared<Options>();
  add_export_target(*command, *options, "Folder to open it into; made when missing");
  command
      ->add_option("--passphrase-file", options->passphrase_file,
                   "Take the identity's passphrase from the first line of a file")
      ->type_name("FILE");
  command->callback([&chosen, options] {
    chosen = {"open", [options](Session& session) { return run(session, *options); }};
  });
}

}  // namespace tesseras::tes
