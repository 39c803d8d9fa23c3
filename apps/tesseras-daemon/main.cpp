// tesseras-daemon: the door of a node that runs. Reads options and config, starts node::Daemon, and
// turns signals into a graceful end.
#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>

#include "apps/command_line/choice.hpp"
#include "apps/command_line/exit_status.hpp"
#include "apps/command_line/help.hpp"
#include "apps/command_line/home.hpp"
#include "foundation/base/text.hpp"
#include "foundation/crypto/secret_memory.hpp"
#include "foundation/runtime/clock.hpp"
#include "foundation/runtime/log.hpp"
#include "foundation/runtime/private_memory.hpp"
#include "foundation/runtime/system_loop.hpp"
#include "foundation/runtime/tasks.hpp"
#include "node/config.hpp"
#include "node/daemon.hpp"
#include "node/peer_names.hpp"

#ifndef TESSERAS_VERSION
#error "the build gives the version"
#endif

namespace tesseras {
namespace {

using base::Code;
using base::fail;
using base::Result;
using std::filesystem::path;

// What is under way when a signal comes has so long to end; the book promises 5 seconds in all.
constexpr std::chrono::seconds finish_time{4};

struct Options {
  std::string config;
  std::string listen;
  std::optional<std::string> bootstrap;
  std::string data_dir;
  bool serves_group = false;
  bool leaves = false;
};

void add_options(CLI::App& app, Options& options) {
  app.add_option("-c,--config", options.config, "Path to a TOML config file")
      ->type_name("PATH")
      ->check(command_line::not_empty())
      ->default_str("DATA_DIR/config.toml, if there");
  app.add_option("-l,--listen", options.listen, "Address and port to listen on (UDP)")
      ->type_name("ADDR")
      ->check(command_line::not_empty())
      ->default_str("0.0.0.0:4433");
  app.add_option("-b,--bootstrap", options.bootstrap,
                 "Comma-separated bootstrap addresses; \"\" for none")
      ->type_name("ADDRS")
      ->default_str("boot1.tesseras.net:4433,boot2.tesseras.net:4433");
  app.add_option("-d,--data-dir", options.data_dir, "Data directory")
      ->type_name("PATH")
      ->check(command_line::not_empty())
      ->default_str("~/.local/share/tesseras");
  app.add_flag("-g,--group", options.serves_group,
               "Let members of the daemon's group use it, not only its own user");
  app.add_flag("--leave", options.leaves,
               "Hand what is kept for others to other nodes, and end: before this node goes for "
               "good");
  app.set_version_flag("-V,--version", "tesseras-daemon " TESSERAS_VERSION, "Print the version");
}

Result<void> override_with(const Options& options, node::Config& config) {
  if (!options.listen.empty()) {
    const auto endpoint = runtime::Endpoint::parse(options.listen);
    if (!endpoint) {
      return fail(Code::invalid,
                  "--listen wants ADDRESS:PORT, e.g. 0.0.0.0:4433 or [::]:4433, not '{}'",
                  base::to_printable(options.listen));
    }
    config.node.listen = {*endpoint};
  }
  return {};
}

// Where the data dir is does not depend on what a config file in it says.
Result<path> data_dir_of(const Options& options, const path& home) {
  if (!options.data_dir.empty()) return command_line::expand_home(options.data_dir);
  if (home.empty()) {
    return fail(Code::invalid, "this user has no home folder; say where with --data-dir");
  }
  return node::default_daemon_dir(home);
}

// The config file in a data dir must not say that the data dir is elsewhere: nobody could tell
// which of the two is meant.
Result<void> check_data_dir(const path& data_dir, const path& said) {
  std::error_code error;
  if (said.empty() || std::filesystem::equivalent(data_dir, said, error)) return {};
  const auto file = base::to_printable((data_dir / "config.toml").native());
  return fail(
      Code::invalid,
      "{}: node.data_dir names another folder than the one this file is in; remove the key, "
      "or start with --data-dir {}, or with --config {}",
      file, base::to_printable(said.native()), file);
}

struct Setting {
  path data_dir;
  node::Config config;
  std::optional<std::vector<std::string>> bootstrap;
};

// What options and config say together; read again at SIGHUP.
Result<Setting> read_setting(const Options& options) {
  const path home = command_line::home_folder().value_or(path());
  auto& disk = runtime::posix_disk();
  Setting setting;
  if (!options.config.empty()) {
    const path file = TRY(command_line::expand_home(options.config));
    if (const auto status = disk.status(file); !status) return fail(status.error());
    setting.config = TRY(node::load_config(disk, file, home));
    const bool is_said = options.data_dir.empty() && !setting.config.node.data_dir.empty();
    setting.data_dir = is_said ? setting.config.node.data_dir : TRY(data_dir_of(options, home));
  } else {
    setting.data_dir = TRY(data_dir_of(options, home));
    setting.config = TRY(node::load_config(disk, setting.data_dir / "config.toml", home));
    TRY(check_data_dir(setting.data_dir, setting.config.node.data_dir));
  }
  TRY(override_with(options, setting.config));
  if (options.bootstrap) {
    auto peers = node::parse_peer_list(*options.bootstrap);
    if (!peers) return base::fail_in(peers.error(), "--bootstrap");
    setting.bootstrap = *std::move(peers);
  }
  std::error_code error;
  setting.data_dir = std::filesystem::absolute(setting.data_dir, error);
  if (error) return fail(Code::invalid, "the working folder is gone; give an absolute --data-dir");
  return setting;
}

bool wants_json(const node::Config& config) {
  const auto& format = config.observability.log_format;
  return format ? *format == node::LogFormat::json : isatty(STDERR_FILENO) == 0;
}

// TESSERAS_LOG, or RUST_LOG as the book has it.
Result<runtime::LogFilter> filter_of_environment() {
  for (const char* name : {"TESSERAS_LOG", "RUST_LOG"}) {
    const char* value = std::getenv(name);
    if (value == nullptr || *value == '\0') continue;
    auto filter = runtime::LogFilter::parse(value);
    if (!filter) return base::fail_in(filter.error(), "{}", name);
    return filter;
  }
  return runtime::LogFilter(runtime::LogLevel::info);
}

class Program {
 public:
  Program(Options options, const Setting& setting, runtime::LogFilter filter)
      : options_(std::move(options)),
        loop_(runtime::make_system_loop()),
        lines_(runtime::system_clock(), std::move(filter), wants_json(setting.config),
               [](std::string_view line) {
                 // A log that cannot be written is no reason to end.
                 (void)std::fwrite(line.data(), 1, line.size(), stderr);
               }),
        log_(lines_, "tesseras_daemon"),
        ending_(*loop_) {}

  Result<void> run(Setting setting) {
    loop_->on_signals([this](runtime::Signal signal) { on_signal(signal); });
    daemon_ = TRY(node::Daemon::start(
        *loop_, runtime::posix_disk(),
        {setting.data_dir, std::move(setting.config), std::move(setting.bootstrap),
         options_.serves_group ? node::ControlAccess::group : node::ControlAccess::owner,
         TESSERAS_VERSION, options_.leaves},
        lines_));
    log_.debug(crypto::secret_memory_use().is_locked
                   ? "secrets lie in memory that is not swapped out"
                   : "secrets may be swapped out: the system locks no memory for this process");
    if (options_.leaves) ending_.spawn(leave());
    loop_->run();
    const auto kept = daemon_->figures().holding.fragments;
    daemon_.reset();
    log_.info("daemon stopped");
    if (options_.leaves && !left_) return fail(unfinished(kept));
    return options_.leaves ? *left_ : Result<void>();
  }

 private:
  void on_signal(runtime::Signal signal) {
    if (signal == runtime::Signal::hang_up) return reload();
    if (std::exchange(is_ending_, true)) return loop_->stop();  // a second time: at once
    ending_.spawn(end());
  }

  runtime::Task<void> leave() {
    left_ = co_await daemon_->leave();
    if (!std::exchange(is_ending_, true)) co_await end();
  }

  static base::Error unfinished(std::uint64_t kept) {
    return {Code::unavailable,
            fmt::format("left here for others: {}; start again with --leave to go on, or without "
                        "it to stay",
                        base::counted(kept, "fragment", "fragments"))};
  }

  runtime::Task<void> end() {
    co_await daemon_->finish(loop_->now() + finish_time);
    loop_->stop();
  }

  void reload() {
    const auto setting = read_setting(options_);
    if (!setting) {
      log_.error("the config cannot be read; all stays as it is",
                 {{"why", setting.error().message}});
      return;
    }
    lines_.write_as_json(wants_json(setting->config));
    daemon_->reload(setting->config);
  }

  Options options_;
  std::unique_ptr<runtime::SystemLoop> loop_;
  runtime::LogWriter lines_;
  runtime::Log log_;
  bool is_ending_ = false;
  std::optional<Result<void>> left_;  // with --leave, once it is over
  std::unique_ptr<node::Daemon> daemon_;
  runtime::Tasks ending_;  // dropped before the daemon
};

int refuse(const base::Error& error) {
  fmt::print(stderr, "tesseras-daemon: {}\n", error.message);
  return command_line::exit_status_of(error.code);
}

Result<void> run(const Options& options) {
  auto setting = TRY(read_setting(options));
  auto filter = TRY(filter_of_environment());
  if (options.leaves && !runtime::posix_disk().status(setting.data_dir)) {
    return fail(Code::not_found, "{}: no node has been here; say with --data-dir which one leaves",
                base::to_printable(setting.data_dir.native()));
  }
  return Program(options, setting, std::move(filter)).run(std::move(setting));
}

int main_with(int argc, char** argv) {
  runtime::keep_memory_private();
  signal(SIGPIPE, SIG_IGN);
  signal(SIGXFSZ, SIG_IGN);  // a file over `ulimit -f` is an error like any other
  Options options;
  CLI::App app("Run a Tesseras node", "tesseras-daemon");
  app.footer(
      "  tesseras-daemon                          join the public network\n"
      "  tesseras-daemon --bootstrap \"\"           as a seed, which others connect to\n"
      "  tesseras-daemon --listen 0.0.0.0:5000 --data-dir /var/lib/tesseras\n"
      "  tesseras-daemon --bootstrap 192.168.1.10:4433,192.168.1.11:4433\n"
      "  tesseras-daemon --leave                  hand all over before this machine goes for good");
  add_options(app, options);
  command_line::use_our_help(app);
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    fmt::print("{}", app.help());
    return command_line::status_ok;
  } catch (const CLI::CallForVersion& version) {
    fmt::print("{}\n", version.what());
    return command_line::status_ok;
  } catch (const CLI::ParseError& error) {
    return refuse({Code::invalid, fmt::format("{}; see `tesseras-daemon --help`",
                                              base::to_printable(error.what()))});
  }
  const auto done = run(options);
  // Whoever asks a second time to end it does not turn a clean end into a death.
  for (const int number : {SIGINT, SIGTERM}) signal(number, SIG_IGN);
  return done ? command_line::status_ok : refuse(done.error());
}

}  // namespace
}  // namespace tesseras

int main(int argc, char** argv) { return tesseras::main_with(argc, argv); }
