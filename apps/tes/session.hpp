// What a command has at hand while it runs: the options that every command takes, the person
// at the terminal, and the disk, clock and threads of this machine.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "apps/tes/terminal.hpp"
#include "foundation/base/result.hpp"
#include "foundation/base/strong_id.hpp"
#include "foundation/runtime/clock.hpp"
#include "foundation/runtime/disk.hpp"
#include "foundation/runtime/workers.hpp"
#include "node/config.hpp"
#include "preserve/custody/tools.hpp"
#include "preserve/identity/identity.hpp"
#include "preserve/vault/index_home.hpp"
#include "preserve/vault/vault.hpp"

namespace CLI {
class App;
}

namespace tesseras::tes {

using base::Result;

struct GlobalOptions {
  std::string data_dir;  // empty: ~/.tesseras
  std::string daemon;    // its data dir; empty: found by itself
  bool json = false;
  int verbose = 0;
  bool quiet = false;
  ColorChoice color = ColorChoice::automatic;
};

class Session {
 public:
  Session(const GlobalOptions& options, std::filesystem::path data_dir,
          std::filesystem::path daemon_dir, const std::stop_token& stop);

  Terminal& terminal() { return terminal_; }
  runtime::Disk& disk() { return runtime::posix_disk(); }
  runtime::Clock& clock() { return runtime::system_clock(); }
  runtime::Workers& workers();  // started at first use: short commands need no threads
  custody::Tools tools();
  vault::IndexHome& indexes() { return *indexes_; }
  const std::filesystem::path& data_dir() const { return data_dir_; }
  // What --daemon said, or empty.
  const std::filesystem::path& daemon_dir() const { return daemon_dir_; }
  std::stop_token stop() const { return stop_; }
  bool json() const { return json_; }

  Result<node::Config> config();
  // not_found, with the command to run, when `tes init` has not been here.
  Result<std::unique_ptr<vault::Vault>> open_vault();
  // Another one of this machine, such as the daemon's; it does not outlive the session.
  Result<std::unique_ptr<vault::Vault>> open_vault_at(const std::filesystem::path& data_dir);
  // As open_vault; asks for the passphrase where the seed has one, or takes it from the
  // first line of `passphrase_file` when that is not empty.
  Result<identity::Identity> open_identity(const std::filesystem::path& passphrase_file);
  // The same, and its root seed itself.
  Result<identity::RootSeed> open_seed(const std::filesystem::path& passphrase_file);

 private:
  std::filesystem::path data_dir_;
  std::filesystem::path daemon_dir_;
  bool json_;
  std::stop_token stop_;
  Terminal terminal_;
  std::unique_ptr<runtime::Workers> workers_;
  std::unique_ptr<vault::IndexHome> indexes_;
  std::vector<std::unique_ptr<vault::IndexHome>> other_indexes_;
};

// First line of a file that holds a passphrase; invalid when it is empty or over 4 KiB.
Result<crypto::SecretBuffer> read_passphrase_file(runtime::Disk& disk,
                                                  const std::filesystem::path& file);

// Where identity and vault lie, as the options say or in the home folder.
Result<std::filesystem::path> data_dir_of(const GlobalOptions& options);
// What --daemon names, or empty.
Result<std::filesystem::path> daemon_dir_of(const GlobalOptions& options);
// The path that is meant: a link is followed where a person names it, as it never is below; and
// the last part is a name, also of "." and "x/". What cannot be resolved stays as it is.
std::filesystem::path named_by_user(const std::filesystem::path& given);

// What lies among the vault's own files would be taken for damage, and goes when it is tidied.
// invalid: `destination` is there.
Result<void> refuse_vault(const Session& session, const std::filesystem::path& destination);

// A command's body; its value is the exit status.
using Body = std::function<Result<int>(Session&)>;

// What the command line chose.
struct Chosen {
  std::string command;
  Body body;
};

// Each stands in a file of its name.
void add_init(CLI::App& app, Chosen& chosen);
void add_create(CLI::App& app, Chosen& chosen);
void add_list(CLI::App& app, Chosen& chosen);
void add_show(CLI::App& app, Chosen& chosen);
void add_verify(CLI::App& app, Chosen& chosen);
void add_export(CLI::App& app, Chosen& chosen);
void add_open(CLI::App& app, Chosen& chosen);
void add_unseal(CLI::App& app, Chosen& chosen);
void add_import(CLI::App& app, Chosen& chosen);
void add_remove(CLI::App& app, Chosen& chosen);
void add_vault(CLI::App& app, Chosen& chosen);
void add_contact(CLI::App& app, Chosen& chosen);
void add_heir(CLI::App& app, Chosen& chosen);
void add_publish(CLI::App& app, Chosen& chosen);
void add_publish_key(CLI::App& app, Chosen& chosen);
void add_retract(CLI::App& app, Chosen& chosen);
void add_fetch(CLI::App& app, Chosen& chosen);
void add_find(CLI::App& app, Chosen& chosen);
void add_holders(CLI::App& app, Chosen& chosen);
void add_status(CLI::App& app, Chosen& chosen);
void add_peers(CLI::App& app, Chosen& chosen);
void add_node(CLI::App& app, Chosen& chosen);
void add_node_info(CLI::App& app, Chosen& chosen);
void add_completions(CLI::App& app, Chosen& chosen);
void add_help(CLI::App& app, Chosen& chosen);

}  // namespace tesseras::tes
