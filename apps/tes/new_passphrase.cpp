#include "apps/tes/new_passphrase.hpp"

#include <CLI/CLI.hpp>

namespace tesseras::tes {

using base::Code;
using base::fail;

void add_new_passphrase(CLI::App& command, NewPassphrase& passphrase) {
  auto* ask = command.add_flag("--passphrase", passphrase.ask,
                               "Protect the identity with a passphrase, asked for on the terminal");
  command
      .add_option("--passphrase-file", passphrase.file,
                  "The same, with the passphrase from the first line of a file")
      ->type_name("FILE")
      ->excludes(ask);
}

Result<std::optional<identity::Protection>> protection_by(Session& session,
                                                          const NewPassphrase& passphrase) {
  if (!passphrase.file.empty()) {
    return identity::Protection{.passphrase =
                                    TRY(read_passphrase_file(session.disk(), passphrase.file))};
  }
  if (!passphrase.ask) return std::nullopt;
  auto first = TRY(session.terminal().ask_secret("New passphrase:"));
  if (first.size() == 0) return fail(Code::invalid, "an empty passphrase protects nothing");
  const auto second = TRY(session.terminal().ask_secret("Once more:"));
  if (!(first == second)) return fail(Code::invalid, "the two differ; nothing was made");
  return identity::Protection{.passphrase = std::move(first)};
}

}  // namespace tesseras::tes
