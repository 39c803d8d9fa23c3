// tes: the door. Parses the command line, runs the chosen command, and turns what it says into
// an exit status.

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <span>

#include "apps/command_line/choice.hpp"
#include "apps/command_line/exit_status.hpp"
#include "apps/command_line/help.hpp"
#include "apps/tes/json_output.hpp"
#include "apps/tes/session.hpp"
#include "foundation/base/text.hpp"
#include "foundation/runtime/interrupt.hpp"
#include "foundation/runtime/private_memory.hpp"

#ifndef TESSERAS_VERSION
#error "the build gives the version"
#endif

namespace tesseras::tes {
namespace {

using command_line::command_names;
using command_line::exit_status_of;
using command_line::listed;
using command_line::nearest_command;
using command_line::nearest_option;
using command_line::not_empty;
using command_line::one_of;
using command_line::path_of;
using command_line::status_ok;
using command_line::status_usage;
using command_line::use_our_help;

void add_global_options(CLI::App& app, GlobalOptions& options) {
  app.add_option("--data-dir", options.data_dir, "Base directory for data storage")
      ->type_name("DATA_DIR")
      ->check(not_empty())
      ->default_str("~/.tesseras");
  app.add_option("--daemon", options.daemon, "Data directory of the daemon to talk to")
      ->type_name("DATA_DIR")
      ->check(not_empty())
      ->default_str("the one on --data-dir, else ~/.local/share/tesseras");
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
      ->transform(one_of(colors));
  app.set_version_flag("-V,--version", TESSERAS_VERSION, "Print the version");
}

void add_commands(CLI::App& app, Chosen& chosen) {
  add_init(app, chosen);
  add_create(app, chosen);
  add_list(app, chosen);
  add_show(app, chosen);
  add_verify(app, chosen);
  add_export(app, chosen);
  add_open(app, chosen);
  add_unseal(app, chosen);
  add_import(app, chosen);
  add_remove(app, chosen);
  add_vault(app, chosen);
  add_contact(app, chosen);
  add_heir(app, chosen);
  add_publish(app, chosen);
  add_publish_key(app, chosen);
  add_retract(app, chosen);
  add_fetch(app, chosen);
  add_find(app, chosen);
  add_holders(app, chosen);
  add_status(app, chosen);
  add_peers(app, chosen);
  add_node(app, chosen);
  add_node_info(app, chosen);
  add_completions(app, chosen);
  add_help(app, chosen);
}

void print_help(const GlobalOptions& options, const std::string& text) {
  Terminal terminal(options.color, 0, {});
  if (options.json) {
    print_json(terminal, "help", {{"text", text}});
  } else {
    write_text(stdout, text);
  }
}

void print_version(const GlobalOptions& options) {
  Terminal terminal(options.color, 0, {});
  if (options.json) {
    print_json(terminal, "version", {{"tes", TESSERAS_VERSION}});
  } else {
    terminal.out("tes " TESSERAS_VERSION);
  }
}

// The command that the line got to before it failed to parse.
const CLI::App& parsed_command(const CLI::App& app) {
  const auto parsed = app.get_subcommands();
  return parsed.empty() ? app : parsed_command(*parsed.front());
}

bool has_commands(const CLI::App& app) {
  return !app.get_subcommands([](const CLI::App*) { return true; }).empty();
}

// Said where the line could not be read: with an object too when one was asked for.
int refuse(const GlobalOptions& options, const std::string& command, const base::Error& error) {
  Terminal terminal(options.color, 0, {});
  if (options.json) print_json_error(terminal, command, error);
  terminal.error(error.message);
  return exit_status_of(error.code);
}

std::string what_is_wrong(const CLI::App& app, const CLI::ParseError& error,
                          const std::string& first_extra) {
  const auto& at = parsed_command(app);
  std::string message = base::to_printable(error.what());
  if (first_extra.empty() && dynamic_cast<const CLI::RequiredError*>(&error) != nullptr &&
      has_commands(at)) {
    return fmt::format("{} wants a command: {}", path_of(at), listed(command_names(at)));
  }
  std::string close;
  if (!first_extra.empty()) {
    const bool is_option = first_extra.starts_with('-');
    const auto shown = base::to_printable(first_extra);
    message = fmt::format("there is no {} '{}'", is_option ? "option" : "command", shown);
    if (!is_option && !has_commands(at)) {
      message = fmt::format("'{}' is one argument too many", shown);
    }
    close = is_option ? nearest_option(at, first_extra) : nearest_command(at, first_extra);
  }
  if (!close.empty()) return fmt::format("{}; did you mean '{}'?", message, close);
  return message.contains("did you mean")
             ? message
             : fmt::format("{}; see `{} --help`", message, path_of(at));
}

int refuse(const GlobalOptions& options, const CLI::App& app, const CLI::ParseError& error,
           const std::string& first_extra) {
  const auto command = path_of(parsed_command(app));
  return refuse(options, command.substr(std::min(command.size(), std::string("tes ").size())),
                {base::Code::invalid, what_is_wrong(app, error, first_extra)});
}

// Whether an object is wanted, of a line that may not be readable.
bool asks_for_json(std::span<char*> arguments) {
  for (const std::string_view argument : arguments) {
    if (argument == "--") return false;
    if (argument == "--json") return true;
  }
  return false;
}

// The words as CLI11 takes them, last first. `--title=` has an empty value; left as it is, the word
// behind it would become the value and what it asks for be lost.
std::vector<std::string> words_of(std::span<char*> arguments) {
  std::vector<std::string> words;
  bool are_options = true;
  for (const std::string_view argument : arguments) {
    are_options = are_options && argument != "--";
    const bool is_emptied =
        are_options && argument.size() > 3 && argument.starts_with("--") && argument.ends_with('=');
    words.emplace_back(is_emptied ? argument.substr(0, argument.size() - 1) : argument);
    if (is_emptied) words.emplace_back();
  }
  std::ranges::reverse(words);
  return words;
}

int run(const GlobalOptions& options, const Chosen& chosen, const runtime::Interrupt& interrupt) {
  // A date that was meant to be fixed must not become today's without a word.
  if (auto date = runtime::check_source_date_epoch(); !date)
    return refuse(options, chosen.command, date.error());
  auto data_dir = data_dir_of(options);
  if (!data_dir) return refuse(options, chosen.command, data_dir.error());
  auto daemon_dir = daemon_dir_of(options);
  if (!daemon_dir) return refuse(options, chosen.command, daemon_dir.error());
  Session session(options, *data_dir, *daemon_dir, interrupt.token());
  const auto status = chosen.body(session);
  session.terminal().end_progress();
  if (status) return *status;
  if (options.json) print_json_error(session.terminal(), chosen.command, status.error());
  session.terminal().error(status.error().message);
  return exit_status_of(status.error().code);
}

// A result that could not be written is no result: a full disk must not look like success. Who
// closed the pipe wanted no more of it.
int flushed(int status) {
  errno = 0;
  const bool failed = std::fflush(stdout) != 0 || std::ferror(stdout) != 0;
  if (!failed || errno == EPIPE || output_was_closed_early() || status != status_ok) return status;
  Terminal({}, 0, {}).error("standard output could not be written; make room, and try again");
  return exit_status_of(base::Code::io);
}

int main_with(int argc, char** argv) {
  runtime::keep_memory_private();
  hold_standard_streams();
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
  const auto arguments = std::span(argv, static_cast<std::size_t>(argc)).subspan(1);
  options.json = asks_for_json(arguments);
  try {
    app.parse(words_of(arguments));
    if (options.quiet && options.verbose != 0) throw CLI::ExcludesError("--quiet", "--verbose");
  } catch (const CLI::CallForHelp&) {
    print_help(options, parsed_command(app).help());
    return flushed(status_ok);
  } catch (const CLI::CallForVersion&) {
    print_version(options);
    return flushed(status_ok);
  } catch (const CLI::ExtrasError& error) {
    const auto extras = app.remaining(true);
    return refuse(options, app, error, extras.empty() ? "" : extras.front());
  } catch (const CLI::RequiredError& error) {
    // `tes vault chekc` lacks a command only because it has one that is misspelt.
    const auto extras = app.remaining(true);
    const bool misspelt =
        !extras.empty() && (has_commands(parsed_command(app)) || extras.front().starts_with('-'));
    return refuse(options, app, error, misspelt ? extras.front() : "");
  } catch (const CLI::ParseError& error) {
    return refuse(options, app, error, "");
  }
  if (!chosen.body) {
    if (options.json) return refuse(options, app, CLI::RequiredError("command"), "");
    write_text(stderr, app.help());
    return status_usage;
  }
  return flushed(run(options, chosen, interrupt));
}

}  // namespace
}  // namespace tesseras::tes

int main(int argc, char** argv) { return tesseras::tes::main_with(argc, argv); }
