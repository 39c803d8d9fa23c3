#include "preserve/custody/verify.hpp"

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

struct Options {
  std::string what;
  bool full = false;
};

// What is being verified, and what it is called before its MANIFEST is read.
struct Subject {
  std::unique_ptr<vault::Vault> vault;  // outlives the files that lie in it
  std::unique_ptr<custody::Files> files;
  std::optional<std::string> folder_name;
  std::string name;
};

// A folder may be named as a tessera of the vault is: then neither is meant without a word.
Result<void> require_no_namesake(Session& session, const std::string& what) {
  if (what.contains('/') || what.contains('.')) return {};
  const auto vault = session.open_vault();
  if (!vault || !(*vault)->find(what)) return {};
  return base::fail(base::Code::invalid,
                    "'{}' is a folder here, and the beginning of a tessera's hash; write ./{} for "
                    "the folder, or go elsewhere for the tessera",
                    base::to_printable(what), base::to_printable(what));
}

Result<Subject> subject_of(Session& session, const std::string& what) {
  std::error_code ignored;
  const auto status = std::filesystem::status(what, ignored);
  if (std::filesystem::is_directory(status)) {
    TRY(require_no_namesake(session, what));
    const auto folder = named_by_user(what);
    auto name = folder.filename().string();
    return Subject{nullptr, custody::files_in_folder(session.disk(), folder), name, name};
  }
  if (what.contains('/') || what.contains('.')) {
    return base::fail(std::filesystem::exists(status) ? base::Code::invalid : base::Code::not_found,
                      "{} is not a folder; give a tessera's folder or a hash (import archives "
                      "first: tes import)",
                      base::to_printable(what));
  }
  auto vault = TRY(session.open_vault());
  const auto found = vault->find(what);
  if (!found && found.error().code == base::Code::invalid) {
    return base::fail(base::Code::invalid, "there is no such folder, and {}",
                      found.error().message);
  }
  const auto hash = TRY(found);
  auto files = custody::files_in_vault(*vault, hash);
  return Subject{std::move(vault), std::move(files), std::nullopt, hash.hex()};
}

nlohmann::ordered_json to_json(const custody::VerifyReport& report) {
  nlohmann::ordered_json object = {{"passed", report.passed()}};
  if (!report.manifest_fault.empty()) {
    object["manifest_fault"] = report.manifest_fault;
    return object;
  }
  const auto& verdict = report.verdict;
  object["content_hash"] = report.content_hash.hex();
  object["creator_fingerprint"] = report.creator.hex();
  object["signature_valid"] = verdict.signatures.valid();
  if (!verdict.signatures.valid()) {
    object["signature_faults"] = {{"ed25519", verdict.signatures.ed25519_fault},
                                  {"mldsa65", verdict.signatures.mldsa65_fault}};
  }
  if (!verdict.name_fault.empty()) object["name_fault"] = verdict.name_fault;
  object["sha256_checked"] = verdict.sha256_checked;
  object["memories_ok"] = verdict.memories_ok;
  object["memories_failed"] = verdict.memories_failed;
  object["others_ok"] = verdict.others_ok;
  object["others_failed"] = verdict.others_failed;
  auto failed = nlohmann::ordered_json::array();
  for (const auto& line : verdict.lines) {
    if (!line.ok) failed.push_back({{"path", line.path}, {"reason", line.detail}});
  }
  object["failed"] = failed;
  return object;
}

void print_faults(Terminal& terminal, const tessera::Verdict& verdict) {
  const auto& signatures = verdict.signatures;
  for (const auto& fault : {signatures.ed25519_fault, signatures.mldsa65_fault}) {
    if (!fault.empty()) {
      terminal.out(fmt::format("  {} {}", terminal.bad("[FAILED]"), base::to_printable(fault)));
    }
  }
  if (!verdict.name_fault.empty()) {
    terminal.out(
        fmt::format("  {} {}", terminal.bad("[FAILED]"), base::to_printable(verdict.name_fault)));
  }
}

void print(Terminal& terminal, const std::string& name, const custody::VerifyReport& report) {
  const auto passed = report.passed() ? terminal.good("PASSED") : terminal.bad("FAILED");
  if (!report.manifest_fault.empty()) {
    terminal.out(fmt::format("Tessera: {}", base::to_printable(name)));
    terminal.out(fmt::format("  {} {}", terminal.bad("[FAILED]"),
                             base::to_printable(report.manifest_fault)));
    terminal.out(fmt::format("Verification: {}", passed));
    return;
  }
  const auto& verdict = report.verdict;
  const bool valid = verdict.signatures.valid();
  terminal.out(fmt::format("Tessera: {}", report.content_hash.hex()));
  terminal.out(fmt::format("Creator: {}", report.creator.hex()));
  terminal.out(
      fmt::format("Signature: {}", valid ? terminal.good("VALID") : terminal.bad("INVALID")));
  print_faults(terminal, verdict);
  for (const auto& line : verdict.lines) {
    const auto mark = line.ok ? terminal.good("[OK]") : terminal.bad("[FAILED]");
    terminal.out(fmt::format("  {} {}{}", mark, base::to_printable(line.path),
                             line.detail.empty() ? "" : ": " + base::to_printable(line.detail)));
  }
  if (verdict.others_failed == 0) {
    terminal.out(
        fmt::format("  {} everything else: {} files", terminal.good("[OK]"), verdict.others_ok));
  }
  terminal.out(fmt::format("Verification: {}", passed));
}

Result<int> run(Session& session, const Options& options) {
  const auto subject = TRY(subject_of(session, options.what));
  auto tools = session.tools();
  const custody::VerifyOptions how{.full = options.full, .folder_name = subject.folder_name};
  const auto report = TRY(custody::verify(*subject.files, how, tools));
  if (session.json()) {
    print_json(session.terminal(), "verify", to_json(report));
  } else {
    print(session.terminal(), subject.name, report);
  }
  return report.passed() ? status_ok : status_wrong_tessera;
}

}  // namespace

void add_verify(CLI::App& app, Chosen& chosen) {
  auto* command = app.add_subcommand(
      "verify",
      "Verify integrity of a stored tessera. Given a folder, it needs neither vault nor identity.");
  command->footer(
      "  tes verify 9f2c4a1b\n"
      "  tes verify /media/usb/tessera-9f2c4a1b… --full\n"
      "Exit status: 0 it holds; 1 something is wrong with it; others: it could not look.");
  auto options = std::make_shared<Options>();
  command
      ->add_option("what", options->what,
                   "Content hash (or its first 8 or more digits), or a tessera's folder")
      ->type_name("HASH|DIR")
      ->required();
  command->add_flag("--full", options->full, "Check SHA-256 of every file too, not only BLAKE3");
  command->callback([&chosen, options] {
    chosen = {"verify", [options](Session& session) { return run(session, *options); }};
  });
}

}  // namespace tesseras::tes
