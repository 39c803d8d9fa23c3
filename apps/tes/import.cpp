#include "preserve/custody/import.hpp"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "apps/command_line/choice.hpp"
#include "apps/tes/json_output.hpp"
#include "apps/tes/session.hpp"
#include "foundation/base/text.hpp"

namespace tesseras::tes {
namespace {

using command_line::not_empty;

Result<int> run(Session& session, const std::filesystem::path& from) {
  if (from == "-") {
    return base::fail(base::Code::unsupported,
                      "archives are not read from standard input, since some have their table at "
                      "the end; save it as a file first");
  }
  const auto vault = TRY(session.open_vault());
  auto tools = session.tools();
  const auto imported = TRY(custody::import_tessera(*vault, named_by_user(from), tools));
  auto& terminal = session.terminal();
  if (session.json()) {
    print_json(terminal, "import",
               {{"content_hash", imported.content_hash.hex()},
                {"memories", imported.memories},
                {"files", imported.files},
                {"size_bytes", imported.size_bytes},
                {"was_there", imported.was_there},
                {"mended", imported.mended}});
    return 0;
  }
  terminal.out(fmt::format("Imported tessera: {}", imported.content_hash.hex()));
  if (imported.mended) {
    terminal.note("The vault's own copy was damaged, and has been mended from this one.");
  } else if (imported.was_there) {
    terminal.note("It was in the vault already; both copies are whole, and nothing was changed.");
  } else {
    terminal.note(fmt::format("{}, {}; every file and both signatures hold.",
                              base::counted(imported.memories, "memory", "memories"),
                              base::human_size(imported.size_bytes)));
  }
  return 0;
}

}  // namespace

void add_import(CLI::App& app, Chosen& chosen) {
  auto* command = app.add_subcommand(
      "import",
      "Take a tessera into the vault. It comes from a folder, a tar or zip archive, or a BagIt "
      "bag; every file and both signatures are checked before anything becomes visible.");
  command->footer(
      "  tes import /media/usb/tessera-9f2c4a1b…\n"
      "  tes import tessera-9f2c4a1b….tar");
  auto from = std::make_shared<std::filesystem::path>();
  command->add_option("path", *from, "A tessera's folder, archive or bag")
      ->type_name("PATH")
      ->check(not_empty())
      ->required();
  command->callback([&chosen, from] {
    chosen = {"import", [from](Session& session) { return run(session, *from); }};
  });
}

}  // namespace tesseras::tes
