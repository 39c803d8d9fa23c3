#include "apps/tes/session.hpp"

#include "apps/command_line/home.hpp"
#include "foundation/base/text.hpp"
#include "preserve/identity/store.hpp"

namespace tesseras::tes {
namespace {

using base::Code;
using base::fail;

int verbosity_of(const GlobalOptions& options) { return options.quiet ? -1 : options.verbose; }

identity::AskPassphrase asking(Session& session, const std::filesystem::path& passphrase_file) {
  return [&session, passphrase_file]() -> Result<crypto::SecretBuffer> {
    if (!passphrase_file.empty()) return read_passphrase_file(session.disk(), passphrase_file);
    return session.terminal().ask_secret("Passphrase:");
  };
}

}  // namespace

std::filesystem::path named_by_user(const std::filesystem::path& given) {
  std::error_code error;
  auto meant = std::filesystem::canonical(given, error);
  return error ? given : meant;
}

Result<std::filesystem::path> data_dir_of(const GlobalOptions& options) {
  if (options.data_dir.empty()) return TRY(command_line::home_folder()) / ".tesseras";
  return command_line::expand_home(options.data_dir);
}

Result<std::filesystem::path> daemon_dir_of(const GlobalOptions& options) {
  return command_line::expand_home(options.daemon);
}

Session::Session(const GlobalOptions& options, std::filesystem::path data_dir,
                 std::filesystem::path daemon_dir, const std::stop_token& stop)
    : data_dir_(std::move(data_dir)),
      daemon_dir_(std::move(daemon_dir)),
      json_(options.json),
      stop_(stop),
      terminal_(options.color, verbosity_of(options), stop),
      indexes_(vault::sqlite_index_home(data_dir_ / "db")) {}

runtime::Workers& Session::workers() {
  if (workers_ == nullptr) {
    workers_ = std::make_unique<runtime::Workers>(runtime::Workers::threads_of_this_machine());
  }
  return *workers_;
}

custody::Tools Session::tools() {
  return {disk(), clock(), workers(), terminal_.progress(), stop_};
}

Result<node::Config> Session::config() {
  return node::load_config(disk(), data_dir_ / "config.toml");
}

Result<std::unique_ptr<vault::Vault>> Session::open_vault() {
  auto vault = vault::Vault::open(disk(), data_dir_, indexes());
  if (!vault && vault.error().code == Code::not_found) {
    return fail(Code::not_found, "there is no vault in {}; run `tes init` first",
                base::to_printable(data_dir_.string()));
  }
  return vault;
}

Result<std::unique_ptr<vault::Vault>> Session::open_vault_at(
    const std::filesystem::path& data_dir) {
  other_indexes_.push_back(vault::sqlite_index_home(data_dir / "db"));
  return vault::Vault::open(disk(), data_dir, *other_indexes_.back());
}

Result<identity::Identity> Session::open_identity(const std::filesystem::path& passphrase_file) {
  return identity::IdentityStore(disk(), data_dir_).open(asking(*this, passphrase_file));
}

Result<identity::RootSeed> Session::open_seed(const std::filesystem::path& passphrase_file) {
  return identity::IdentityStore(disk(), data_dir_).open_seed(asking(*this, passphrase_file));
}

Result<crypto::SecretBuffer> read_passphrase_file(runtime::Disk& disk,
                                                  const std::filesystem::path& file) {
  constexpr std::size_t line_bytes_max = 4096;
  const auto opened = TRY(disk.open_read(file));
  crypto::SecretBuffer line(line_bytes_max + 1);
  const auto got = TRY(opened->read_at(0, line.mutable_span()));
  const auto text = base::as_text(line.span().first(got));
  auto size = std::min(text.find('\n'), text.size());
  if (size != 0 && text[size - 1] == '\r') --size;
  if (size == 0 || size > line_bytes_max) {
    return fail(Code::invalid, "{} must begin with a line that is the passphrase",
                base::to_printable(file.string()));
  }
  line.truncate(size);
  return line;
}

Result<void> refuse_vault(const Session& session, const std::filesystem::path& destination) {
  std::error_code ignored;  // what can't be resolved is no folder of the vault
  const auto vault = std::filesystem::weakly_canonical(session.data_dir(), ignored);
  const auto wanted = std::filesystem::weakly_canonical(destination, ignored);
  if (vault.empty() || std::ranges::mismatch(vault, wanted).in1 != vault.end()) return {};
  return fail(Code::invalid, "{} lies in the vault itself; choose another folder",
              base::to_printable(destination.string()));
}

}  // namespace tesseras::tes
