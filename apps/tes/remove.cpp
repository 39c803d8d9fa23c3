#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "apps/tes/json_output.hpp"
#include "apps/tes/session.hpp"
#include "foundation/base/text.hpp"

namespace tesseras::tes {
namespace {

struct Options {
  std::string hash;
  bool yes = false;
};

std::string called(const vault::TesseraInfo& tessera) {
  const auto title = base::to_printable(tessera.title);
  return fmt::format("{}{} ({}, {})", tessera.content_hash.hex().substr(0, 16),
                     title.empty() ? "" : " “" + title + "”",
                     base::counted(tessera.memories, "memory", "memories"),
                     base::human_size(tessera.media_bytes));
}

Result<int> run(Session& session, const Options& options) {
  const auto vault = TRY(session.open_vault());
  const auto hash = TRY(vault->find(options.hash));
  const auto tessera = TRY(vault->tessera(hash));
  auto& terminal = session.terminal();
  if (!options.yes) {
    if (!terminal.can_ask()) {
      return base::fail(base::Code::denied,
                        "removing cannot be undone; say --yes when you mean it, or export first: "
                        "tes export {} DEST",
                        hash.hex().substr(0, 16));
    }
    const auto answer = TRY(terminal.ask(
        fmt::format("Remove {}? It cannot be undone here. Type yes:", called(tessera))));
    if (answer != "yes") return base::fail(base::Code::cancelled, "nothing was removed");
  }
  TRY(vault->remove(hash, session.clock().wall_now()));
  if (session.json()) {
    print_json(terminal, "remove", {{"content_hash", hash.hex()}});
  } else {
    terminal.out(fmt::format("Removed tessera: {}", hash.hex()));
  }
  return 0;
}

}  // namespace

void add_remove(CLI::App& app, Chosen& chosen) {
  auto* command = app.add_subcommand(
      "remove",
      "Remove a tessera from this vault. Exports and other vaults keep theirs. What other "
      "tesserae hold too stays.");
  command->footer("  tes remove 9f2c4a1b");
  auto options = std::make_shared<Options>();
  command->add_option("hash", options->hash, "Content hash, or its first 8 or more digits")
      ->type_name("HASH")
      ->required();
  command->add_flag("-y,--yes", options->yes, "Do not ask");
  command->callback([&chosen, options] {
    chosen = {"remove", [options](Session& session) { return run(session, *options); }};
  });
}

}  // namespace tesseras::tes
