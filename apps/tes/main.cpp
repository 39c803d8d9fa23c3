// tes: the door. Parses the command line, runs the chosen command, and turns what it says into
// an exit status.

#include <CLI/CLI.hpp>

#include <cstdio>

#include "apps/tes/exit_status.hpp"
#include "apps/tes/help.hpp"
#include "apps/tes/json_output.hpp"
#include "apps/tes/session.hpp"
#include "foundation/runtime/interrupt.hpp"

#ifndef TESSERAS_VERSION
#error "the build gives the version"
#endif

namespace tesseras::tes {
namespace {

void add_global_options(CLI::App& app, GlobalOptions& options) {
  app.add_option("--data-dir", options.data_dir, "Base directory for data storage")
      ->type_name("DATA_DIR")
      ->default_str("~/.tesseras");
  app.add_flag("--json", options.json, "Print one JSON object on standard output");
  app.add_flag("-q,--quiet", options.quiet, "Say nothing but results and errors");
  // Not ->excludes(quiet): CLI11 takes a flag that counts as given even when it is not.
  app.add_flag("-v,--verbose", options.verbose, "Say more")->default_str("");
  const std::map<std::string, ColorChoice> colors = {{"auto", ColorChoice::automatic},
                                                     {"always", ColorChoice::always},
                                                     {"never", ColorChoice::never}};
  app.add_option("--color", options.color, "When to use colour: auto, always or never")
      ->type_name("WHEN")
      ->default_str("auto")
      ->transform(CLI::Transformer(colors).description(""));
  app.set_version_flag("-V,--version", TESSERAS_VERSION, "Print the version");
}

void add_commands(CLI::App& app, Chosen& chosen) {
  add_init(app, chosen);
  add_create(app, chosen);
  add_list(app, chosen);
  add_show(app, chosen);
  add_verify(app, chosen);
  add_export(app, chosen);
  add_import(app, chosen);
  add_remove(app, chosen);
  add_vault(app, chosen);
  add_completions(app, chosen);
  add_help(app, chosen);
}

// The command that the line got to before it failed to parse.
const CLI::App& parsed_command(const CLI::App& app) {
  const auto parsed = app.get_subcommands();
  return parsed.empty() ? app : parsed_command(*parsed.front());
}

bool has_commands(const CLI::App& app) {
  return !app.get_subcommands([](const CLI::App*) { return true; }).empty();
}

int refuse(const CLI::App& app, const CLI::ParseError& error, const std::string& first_extra) {
  const auto& at = parsed_command(app);
  std::string message = error.what();
  std::string close;
  if (!first_extra.empty()) {
    const bool is_option = first_extra.starts_with('-');
    message = fmt::format("there is no {} '{}'", is_option ? "option" : "command", first_extra);
    if (!is_option && !has_commands(at)) {
      message = fmt::format("'{}' is one argument too many", first_extra);
    }
    close = is_option ? nearest_option(at, first_extra) : nearest_command(at, first_extra);
  }
  const std::string path = at.get_parent() == nullptr ? "tes" : "tes " + at.get_name();
  fmt::print(stderr, "tes: {}{}\n", message,
             close.empty() ? fmt::format("; see `{} --help`", path)
                           : fmt::format("; did you mean '{}'?", close));
  return status_usage;
}

// "~" is expanded here too, for shells that leave it in --data-dir=~/x.
Result<std::filesystem::path> data_dir_of(const GlobalOptions& options) {
  if (options.data_dir.empty()) return TRY(home_folder()) / ".tesseras";
  if (options.data_dir.starts_with("~/")) return TRY(home_folder()) / options.data_dir.substr(2);
  return std::filesystem::path(options.data_dir);
}

int run(const GlobalOptions& options, const Chosen& chosen, const runtime::Interrupt& interrupt) {
  auto data_dir = data_dir_of(options);
  if (!data_dir) {
    fmt::print(stderr, "tes: {}\n", data_dir.error().message);
    return exit_status_of(data_dir.error().code);
  }
  Session session(options, *data_dir, interrupt.token());
  const auto status = chosen.body(session);
  session.terminal().end_progress();
  if (status) return *status;
  if (options.json) print_json_error(session.terminal(), chosen.command, status.error());
  session.terminal().error(status.error().message);
  return exit_status_of(status.error().code);
}

int main_with(int argc, char** argv) {
  const runtime::Interrupt interrupt;
  GlobalOptions options;
  Chosen chosen;
  CLI::App app("Create and preserve human memories", "tes");
  app.footer(
      "  tes init                                your identity and vault, once\n"
      "  tes create ~/Pictures/garden            a tessera of a folder\n"
      "  tes verify 9f2c4a1b                     is every bit as it was?\n"
      "  tes export 9f2c4a1b /media/usb          a folder that needs no software of ours");
  app.require_subcommand(0, 1);
  app.fallthrough();
  add_global_options(app, options);
  add_commands(app, chosen);
  use_our_help(app);
  try {
    app.parse(argc, argv);
    if (options.quiet && options.verbose != 0) throw CLI::ExcludesError("--quiet", "--verbose");
  } catch (const CLI::CallForHelp&) {
    fmt::print("{}", parsed_command(app).help());
    return status_ok;
  } catch (const CLI::CallForVersion&) {
    fmt::print("tes {}\n", TESSERAS_VERSION);
    return status_ok;
  } catch (const CLI::ExtrasError& error) {
    const auto extras = app.remaining(true);
    return refuse(app, error, extras.empty() ? "" : extras.front());
  } catch (const CLI::RequiredError& error) {
    // `tes vault chekc` lacks a command only because it has one that is misspelt.
    const auto extras = app.remaining(true);
    const bool misspelt = has_commands(parsed_command(app)) && !extras.empty();
    return refuse(app, error, misspelt ? extras.front() : "");
  } catch (const CLI::ParseError& error) {
    return refuse(app, error, "");
  }
  if (!chosen.body) {
    fmt::print(stderr, "{}", app.help());
    return status_usage;
  }
  const int status = run(options, chosen, interrupt);
  // A result that could not be written is no result: a full disk must not look like success.
  if (std::fflush(stdout) != 0 && errno != EPIPE && status == status_ok) {
    fmt::print(stderr, "tes: standard output could not be written\n");
    return exit_status_of(base::Code::io);
  }
  return status;
}

}  // namespace
}  // namespace tesseras::tes

int main(int argc, char** argv) { return tesseras::tes::main_with(argc, argv); }
