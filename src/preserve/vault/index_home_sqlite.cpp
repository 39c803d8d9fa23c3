#include <array>
#include <system_error>

#include "foundation/runtime/free_name.hpp"
#include "preserve/vault/index_home.hpp"
#include "preserve/vault/index_sqlite.hpp"
#include "preserve/vault/schema.hpp"

namespace tesseras::vault {
namespace {

using base::Code;
using base::fail;
using base::Result;
using runtime::path;

// The pages of a large commit stay in memory until it is done.
constexpr const char* settings_for_all = "PRAGMA cache_size = -16384; PRAGMA foreign_keys = ON;";
// FULL: a commit has reached the medium when it returns.
constexpr const char* settings_for_writing = "PRAGMA synchronous = FULL;";
// Nobody reads a new index before replace_with_new has brought it to the medium.
constexpr const char* settings_for_new = "PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF;";

path beside(const path& file, std::string_view ending) {
  return file.native() + std::string(ending);
}

class SqliteIndexHome final : public IndexHome {
 public:
  explicit SqliteIndexHome(path folder)
      : folder_(std::move(folder)),
        file_(folder_ / "tesseras.db"),
        fresh_(folder_ / "tesseras.db.new") {}

  bool exists() const override {
    std::error_code error;
    return std::filesystem::exists(file_, error);
  }

  Result<void> create() override {
    if (exists()) return fail(Code::conflict, "there is an index already");
    TRY(begin_anew());
    return replace_with_new();
  }

  Result<std::unique_ptr<Index>> open() override {
    if (!exists()) return fail(Code::not_found, "there is no index");
    const auto status = disk().status(file_);
    if (status && status->kind == runtime::FileKind::folder)
      return fail(Code::corrupt,
                  "the vault's index {} is a folder; move it away and run `tes vault rebuild`",
                  file_.native());
    auto database = open_for_writing();
    const bool is_readable_at_most =
        !database && (database.error().code == Code::io || database.error().code == Code::denied);
    // In a folder that cannot be written SQLite cannot keep its sidecar files.
    if (is_readable_at_most && has_unsettled_log())
      return fail(Code::denied,
                  "the vault's index was not closed in order and its folder cannot be written; "
                  "open the vault once where it can be");
    if (is_readable_at_most) database = open_unchanging();
    return std::make_unique<SqliteIndex>(TRY(std::move(database)));
  }

  Result<std::unique_ptr<Index>> begin_anew() override {
    TRY(disk().make_folders(folder_, 0700));
    for (const std::string_view ending : {"", "-journal", "-wal", "-shm"})
      TRY(runtime::remove_if_there(disk(), beside(fresh_, ending)));
    Database database = TRY(Database::open(fresh_, Database::Mode::create));
    TRY(database.run(settings_for_all));
    TRY(database.run(settings_for_new));
    TRY(migrate(database, schema_steps()));
    return std::make_unique<SqliteIndex>(std::move(database));
  }

  Result<void> replace_with_new() override {
    {
      Database database = TRY(Database::open(fresh_, Database::Mode::write));
      TRY(database.run("PRAGMA journal_mode = WAL"));
    }
    const std::array<path, 1> file{fresh_};
    TRY(disk().sync(file));
    // The old log must be gone before the new file has the name, or SQLite would take the log
    // to belong to it. A crash in between leaves no index, which asks for a rebuild.
    if (exists()) TRY(disk().rename(file_, beside(file_, ".old")));
    for (const std::string_view ending : {"-wal", "-shm"})
      TRY(runtime::remove_if_there(disk(), beside(file_, ending)));
    TRY(disk().rename(fresh_, file_));
    const std::array<path, 1> folder{folder_};
    TRY(disk().sync(folder));
    return runtime::remove_if_there(disk(), beside(file_, ".old"));
  }

 private:
  // SQLite knows only the real disk.
  static runtime::Disk& disk() { return runtime::posix_disk(); }

  bool has_unsettled_log() const {
    const auto log = disk().status(beside(file_, "-wal"));
    return log && log->size_bytes > 0;
  }

  // To SQLite an empty file is a new database; to us it is one that was lost, and filling it
  // would make orphans of all blobs.
  static Result<void> require_filled(Database& database) {
    if (TRY(database.integer("SELECT count(*) FROM sqlite_schema")) != 0) return {};
    return fail(Code::corrupt, "the vault's index is empty; run `tes vault rebuild`");
  }

  Result<Database> open_for_writing() {
    Database database = TRY(Database::open(file_, Database::Mode::write));
    TRY(database.run(settings_for_all));
    TRY(require_filled(database));
    TRY(migrate(database, schema_steps()));
    if (!database.is_read_only()) TRY(database.run(settings_for_writing));
    return database;
  }

  Result<Database> open_unchanging() {
    Database database = TRY(Database::open(file_, Database::Mode::read_unchanging));
    TRY(database.run(settings_for_all));
    TRY(require_filled(database));
    TRY(migrate(database, schema_steps()));
    return database;
  }

  path folder_;
  path file_;
  path fresh_;
};

}  // namespace

std::unique_ptr<IndexHome> sqlite_index_home(const path& folder) {
  return std::make_unique<SqliteIndexHome>(folder);
}

}  // namespace tesseras::vault
