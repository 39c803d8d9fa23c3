#include "preserve/vault/vault.hpp"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "apps/command_line/exit_status.hpp"
#include "apps/tes/json_output.hpp"
#include "apps/tes/session.hpp"
#include "foundation/base/text.hpp"

namespace tesseras::tes {
namespace {

using command_line::status_ok;
using command_line::status_wrong_tessera;

nlohmann::ordered_json to_json(const std::vector<vault::Problem>& problems) {
  auto array = nlohmann::ordered_json::array();
  for (const auto& problem : problems) {
    nlohmann::ordered_json entry = {{"what", problem.what}};
    if (problem.blob) entry["blob"] = problem.blob->hex();
    auto tesserae = nlohmann::ordered_json::array();
    for (const auto& hash : problem.tesserae) tesserae.push_back(hash.hex());
    entry["tesserae"] = tesserae;
    array.push_back(entry);
  }
  return array;
}

void print(Terminal& terminal, const std::vector<vault::Problem>& problems) {
  for (const auto& problem : problems) {
    terminal.out(fmt::format("  {} {}", terminal.bad("[FAILED]"), problem.what));
    for (const auto& hash : problem.tesserae) {
      terminal.out(fmt::format("           in tessera {}", hash.hex()));
    }
  }
}

Result<int> check(Session& session) {
  const auto vault = TRY(session.open_vault());
  auto& terminal = session.terminal();
  const auto report = TRY(vault->check(terminal.progress(), session.stop()));
  const bool holds = report.problems.empty();
  if (session.json()) {
    print_json(terminal, "vault check",
               {{"passed", holds},
                {"tesserae", report.tesserae},
                {"blobs", report.blobs},
                {"bytes", report.bytes},
                {"orphans", report.orphans},
                {"problems", to_json(report.problems)}});
    return holds ? status_ok : status_wrong_tessera;
  }
  print(terminal, report.problems);
  terminal.out(fmt::format("Read again: {}, {}, {}",
                           base::counted(report.tesserae, "tessera", "tesserae"),
                           base::counted(report.blobs, "blob"), base::human_size(report.bytes)));
  if (report.orphans != 0) {
    terminal.note(
        fmt::format("{} will be swept; no harm.", base::counted(report.orphans, "leftover")));
  }
  terminal.out(fmt::format("Vault: {}", holds ? terminal.good("PASSED") : terminal.bad("FAILED")));
  if (!holds) terminal.note("Import another copy of each tessera named above; that mends it.");
  return holds ? status_ok : status_wrong_tessera;
}

Result<int> rebuild(Session& session) {
  auto& terminal = session.terminal();
  const auto report = TRY(vault::Vault::rebuild(
      session.disk(), session.data_dir(), session.indexes(), terminal.progress(), session.stop()));
  if (session.json()) {
    print_json(terminal, "vault rebuild",
               {{"tesserae", report.tesserae},
                {"blobs", report.blobs},
                {"problems", to_json(report.problems)}});
  } else {
    print(terminal, report.problems);
    terminal.out(fmt::format("Index rebuilt: {}, {}",
                             base::counted(report.tesserae, "tessera", "tesserae"),
                             base::counted(report.blobs, "blob")));
  }
  return report.problems.empty() ? status_ok : status_wrong_tessera;
}

Result<int> sweep(Session& session) {
  const auto vault = TRY(session.open_vault());
  const auto report = TRY(vault->sweep(session.clock().wall_now()));
  auto& terminal = session.terminal();
  if (session.json()) {
    print_json(terminal, "vault sweep",
               {{"files_removed", report.files_removed},
                {"bytes_freed", report.bytes_freed},
                {"packs_rewritten", report.packs_rewritten}});
  } else {
    terminal.out(fmt::format("Swept: {}, {} freed", base::counted(report.files_removed, "file"),
                             base::human_size(report.bytes_freed)));
  }
  return status_ok;
}

}  // namespace

void add_vault(CLI::App& app, Chosen& chosen) {
  auto* command =
      app.add_subcommand("vault", "Look after the vault. Check it, rebuild its index, sweep it.");
  command->footer(
      "  tes vault check        read every byte again from the medium\n"
      "  tes vault rebuild      make the index anew from the blobs alone\n"
      "  tes vault sweep        remove what crashes left behind");
  command->require_subcommand(1);
  const auto add = [&](const char* name, const char* text, Result<int> (*body)(Session&)) {
    auto* sub = command->add_subcommand(name, text);
    sub->fallthrough();
    sub->callback([&chosen, name, body] { chosen = {std::string("vault ") + name, body}; });
  };
  add("check", "Read every byte again from the medium and compare it with its name", check);
  add("rebuild", "Make the index anew from the blobs alone", rebuild);
  add("sweep", "Remove leftovers older than an hour, and rewrite packs that are mostly dead",
      sweep);
}

}  // namespace tesseras::tes
