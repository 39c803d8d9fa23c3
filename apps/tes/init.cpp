#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <array>

#include "apps/tes/json_output.hpp"
#include "apps/tes/new_passphrase.hpp"
#include "apps/tes/session.hpp"
#include "foundation/base/text.hpp"
#include "preserve/identity/store.hpp"

namespace tesseras::tes {
namespace {

using base::Code;
using base::fail;

// True when a new identity was made.
Result<bool> make_identity(Session& session, const NewPassphrase& options,
                           identity::IdentityStore& store) {
  if (TRY(store.exists())) {
    // Asked in any case: a seed that others may read is refused here as it is when signing.
    const bool is_protected = TRY(store.is_protected());
    if (options.is_wanted() && !is_protected) {
      return fail(Code::conflict,
                  "there is an identity without a passphrase already, and it was left as it is; "
                  "choose another --data-dir for a new one");
    }
    return false;
  }
  auto made = store.create(identity::new_root_seed(), TRY(protection_by(session, options)));
  // Another `tes init` was quicker: its identity is as good.
  if (!made && made.error().code == Code::conflict) return false;
  if (!made) return fail(made.error());
  return true;
}

// True when there was none and the default was written.
Result<bool> write_config(Session& session) {
  const auto file = session.data_dir() / "config.toml";
  auto created = session.disk().create(file, 0644);
  if (!created && created.error().code == Code::conflict) return false;
  if (!created) return fail(created.error());
  TRY(created.value()->append(base::as_bytes(node::default_config_text("create"))));
  TRY(created.value()->sync());
  TRY(session.disk().sync(std::array{session.data_dir()}));
  return true;
}

Result<int> run(Session& session, const NewPassphrase& options) {
  auto& terminal = session.terminal();
  TRY(session.disk().make_folders(session.data_dir(), 0700));
  identity::IdentityStore store(session.disk(), session.data_dir());
  const bool is_new = TRY(make_identity(session, options, store));
  const auto restored = TRY(store.restore_public_keys());
  TRY(vault::Vault::create(session.disk(), session.data_dir(), session.indexes()));
  const bool wrote_config = TRY(write_config(session));

  const auto shown = base::to_printable(session.data_dir().string());
  const auto fingerprint = identity::fingerprint_of(TRY(store.public_keys()).ed25519).hex();
  if (session.json()) {
    print_json(terminal, "init",
               {{"data_dir", session.data_dir().string()},
                {"identity_generated", is_new},
                {"fingerprint", fingerprint},
                {"passphrase", TRY(store.is_protected())},
                {"config_written", wrote_config},
                {"public_keys_restored", restored}});
    return 0;
  }
  terminal.out(is_new ? "Generated Ed25519 identity" : "Ed25519 identity already exists");
  for (const auto& name : restored) {
    terminal.note(fmt::format(
        "{} was missing, and was made again of the seed. Your fingerprint is {}; it must be the "
        "one that others know.",
        name, fingerprint));
  }
  terminal.out("Database initialized");
  if (wrote_config) terminal.out(fmt::format("Config written to {}/config.toml", shown));
  terminal.out(fmt::format("Tesseras initialized at {}", shown));
  if (is_new) {
    terminal.note(fmt::format(
        "Your fingerprint is {}. Keep a copy of {}/identity in a safe place: without it nobody can "
        "sign as you.",
        fingerprint, shown));
  }
  return 0;
}

}  // namespace

void add_init(CLI::App& app, Chosen& chosen) {
  auto* command = app.add_subcommand(
      "init",
      "Initialize identity and local database. Running it again is safe: what is there stays.");
  command->footer(
      "  tes init\n"
      "  tes init --passphrase                  asks for one, and encrypts the identity with it\n"
      "  tes --data-dir /mnt/usb/tesseras init");
  auto options = std::make_shared<NewPassphrase>();
  add_new_passphrase(*command, *options);
  command->callback([&chosen, options] {
    chosen = {"init", [options](Session& session) { return run(session, *options); }};
  });
}

}  // namespace tesseras::tes
