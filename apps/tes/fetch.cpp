#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <optional>

#include "apps/tes/daemon_link.hpp"
#include "apps/tes/json_output.hpp"
#include "foundation/base/text.hpp"
#include "node/control_fragment_messages.hpp"
#include "preserve/custody/export.hpp"
#include "preserve/custody/import.hpp"
#include "preserve/custody/verify.hpp"

namespace tesseras::tes {
namespace {

using base::Code;
using base::fail;
using std::filesystem::path;

// Between two questions how far it is. What the daemon answers is next to no work, and all may be
// there in half a second.
constexpr std::chrono::milliseconds asking_pause{50};

struct Options {
  std::string hash;
  path destination;  // empty: none
};

// Until the daemon has all of it.
Result<node::FetchAnswer> wait_for_pack(Session& session, DaemonLink& link,
                                        const base::ContentHash& hash) {
  auto& progress = session.terminal().progress();
  progress.stage("looking for holders", 0);
  std::uint64_t shown_bytes = 0;
  bool is_coming = false;
  for (;;) {
    const auto state = TRY(link.ask(node::FetchRequest{hash}));
    if (!is_coming && state.needed_bytes > 0) {
      progress.stage(
          fmt::format("fetching from {}", base::counted(state.holders, "holder", "holders")),
          state.needed_bytes);
      is_coming = true;
    }
    // It goes back where a holder has given what was none of the tessera.
    if (state.come_bytes > shown_bytes) {
      progress.advance(state.come_bytes - shown_bytes);
      shown_bytes = state.come_bytes;
    }
    if (state.is_ready) return state;
    TRY(link.pause(asking_pause));
  }
}

Result<void> fetch_into(Session& session, DaemonLink& link, const base::ContentHash& hash,
                        vault::Vault& vault) {
  TRY(wait_for_pack(session, link, hash));
  return link.collect(hash, [&](const custody::Source& pack) -> Result<void> {
    auto tools = session.tools();
    TRY(custody::import_pack(vault, hash, pack, tools));
    return {};
  });
}

// Whether the vault has it, every file as it was. What is damaged is fetched again.
Result<bool> is_here(Session& session, vault::Vault& vault, const base::ContentHash& hash) {
  const auto here = vault.tessera(hash);
  if (!here || !here->is_readable) return false;
  auto tools = session.tools();
  const auto report = TRY(custody::verify(*custody::files_in_vault(vault, hash), {}, tools));
  if (!report.passed())
    session.terminal().note("Your vault's copy is damaged; what is, is taken from others.");
  return report.passed();
}

Result<int> run(Session& session, const Options& options) {
  if (!options.destination.empty()) TRY(refuse_vault(session, options.destination));
  const auto vault = TRY(session.open_vault());
  auto link = TRY(DaemonLink::open(session));
  const auto hash = TRY(content_hash_of(session, link, options.hash));
  const bool was_there = TRY(is_here(session, *vault, hash));
  if (!was_there) TRY(fetch_into(session, link, hash, *vault));
  const auto info = TRY(vault->tessera(hash));
  std::optional<custody::Exported> exported;
  if (!options.destination.empty()) {
    const auto files = custody::files_in_vault(*vault, hash);
    auto tools = session.tools();
    exported = TRY(
        custody::export_tessera(*files, options.destination, custody::ExportFormat::folder, tools));
  }
  auto& terminal = session.terminal();
  terminal.end_progress();
  if (session.json()) {
    nlohmann::ordered_json json = {{"content_hash", hash.hex()},
                                   {"title", info.title},
                                   {"memories", info.memories},
                                   {"size_bytes", info.size_bytes},
                                   {"was_there", was_there}};
    if (exported) json["path"] = exported->at.string();
    print_json(terminal, "fetch", json);
    return 0;
  }
  terminal.out(fmt::format(
      "{} {}{}", was_there ? "In your vault already:" : "Fetched:", hash.hex().substr(0, 16),
      info.title.empty() ? "" : "  " + base::to_printable(info.title)));
  terminal.note(fmt::format("{}, {}; every file and both signatures hold.",
                            base::counted(info.memories, "memory", "memories"),
                            base::human_size(info.size_bytes)));
  if (exported) {
    terminal.out(fmt::format("Exported to {}", base::to_printable(exported->at.string())));
  }
  return 0;
}

}  // namespace

void add_fetch(CLI::App& app, Chosen& chosen) {
  auto* command = app.add_subcommand(
      "fetch",
      "Bring a tessera back from those who keep it. The daemon gathers enough of its fragments; "
      "every file and both signatures are checked before anything becomes visible in your vault. "
      "Broken off, it goes on where it was when you ask again");
  command->footer(
      "  tes fetch 9f2c4a1b3e7d8f0c9f2c4a1b3e7d8f0c9f2c4a1b3e7d8f0c9f2c4a1b3e7d8f0c\n"
      "  tes fetch 9f2c4a1b3e7d8f0c… ./from-the-network");
  auto options = std::make_shared<Options>();
  command
      ->add_option("hash", options->hash, "Content hash; its first 8 or more digits if it is yours")
      ->type_name("HASH")
      ->required();
  command->add_option("destination", options->destination, "Export it there, too")
      ->type_name("DIR");
  command->callback([&chosen, options] {
    chosen = {"fetch", [options](Session& session) { return run(session, *options); }};
  });
}

}  // namespace tesseras::tes
