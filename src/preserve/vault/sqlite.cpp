#include "preserve/vault/sqlite.hpp"

#include <sqlite3.h>

#include "foundation/base/text.hpp"

namespace tesseras::vault {
namespace {

using base::Code;
using base::Result;

constexpr int busy_timeout_ms = 10'000;

Code code_of(int status) {
  switch (status & 0xff) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_SCHEMA: return Code::corrupt;
    case SQLITE_FULL:
    case SQLITE_NOMEM:
    case SQLITE_TOOBIG: return Code::exhausted;
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH: return Code::denied;
    case SQLITE_BUSY:
    case SQLITE_LOCKED: return Code::unavailable;
    case SQLITE_CONSTRAINT:
    case SQLITE_MISUSE:
    case SQLITE_RANGE: return Code::internal;
    // A table or column that is not there: the file is not what its version says.
    case SQLITE_ERROR: return Code::corrupt;
    default: return Code::io;
  }
}

std::string advice(Code code) {
  switch (code) {
    case Code::corrupt: return "; run `tes vault rebuild`";
    case Code::exhausted: return "; make room";
    case Code::unavailable: return "; another process is using it, try again";
    default: return "";
  }
}

std::unexpected<base::Error> failed(sqlite3* database, int status) {
  const Code code = code_of(status);
  const char* why = database != nullptr ? sqlite3_errmsg(database) : sqlite3_errstr(status);
  return base::fail(code, "the vault's index: {}{}", why, advice(code));
}

// SQLite's URIs read %, ? and # as their own.
std::string uri_of(const runtime::path& file, std::string_view query) {
  std::string uri = "file:";
  for (const char c : file.native()) {
    if (c == '%' || c == '?' || c == '#') {
      uri += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    } else {
      uri += c;
    }
  }
  return uri + std::string(query);
}

}  // namespace

void Statement::Finalize::operator()(sqlite3_stmt* statement) const noexcept {
  sqlite3_finalize(statement);
}

Statement& Statement::bind(int parameter, std::int64_t value) {
  const int status = sqlite3_bind_int64(statement_.get(), parameter, value);
  if (status != SQLITE_OK && bind_error_ == 0) bind_error_ = status;
  return *this;
}

Statement& Statement::bind(int parameter, base::ByteSpan blob) {
  const int status =
      sqlite3_bind_blob64(statement_.get(), parameter, blob.data(), blob.size(), SQLITE_TRANSIENT);
  if (status != SQLITE_OK && bind_error_ == 0) bind_error_ = status;
  return *this;
}

Statement& Statement::bind(int parameter, std::string_view text) {
  const int status = sqlite3_bind_text64(statement_.get(), parameter, text.data(), text.size(),
                                         SQLITE_TRANSIENT, SQLITE_UTF8);
  if (status != SQLITE_OK && bind_error_ == 0) bind_error_ = status;
  return *this;
}

Statement& Statement::bind_null(int parameter) {
  const int status = sqlite3_bind_null(statement_.get(), parameter);
  if (status != SQLITE_OK && bind_error_ == 0) bind_error_ = status;
  return *this;
}

Result<bool> Statement::step() {
  sqlite3* database = sqlite3_db_handle(statement_.get());
  if (bind_error_ != 0) return failed(nullptr, std::exchange(bind_error_, 0));
  const int status = sqlite3_step(statement_.get());
  if (status == SQLITE_ROW) return true;
  if (status == SQLITE_DONE) {
    reset();
    return false;
  }
  auto error = failed(database, status);
  reset();
  return error;
}

Result<void> Statement::run() {
  while (TRY(step())) {
  }
  return {};
}

void Statement::reset() { sqlite3_reset(statement_.get()); }

std::int64_t Statement::integer(int column) const {
  return sqlite3_column_int64(statement_.get(), column);
}

bool Statement::is_null(int column) const {
  return sqlite3_column_type(statement_.get(), column) == SQLITE_NULL;
}

base::ByteSpan Statement::blob(int column) const {
  const void* data = sqlite3_column_blob(statement_.get(), column);
  const int size = sqlite3_column_bytes(statement_.get(), column);
  return {static_cast<const std::byte*>(data), static_cast<std::size_t>(size)};
}

std::string_view Statement::text(int column) const { return base::as_text(blob(column)); }

Result<Database> Database::open(const runtime::path& file, Mode mode) {
  int flags = SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  std::string_view query;
  switch (mode) {
    case Mode::create: flags |= SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE; break;
    case Mode::write: flags |= SQLITE_OPEN_READWRITE; break;
    case Mode::read_unchanging:
      flags |= SQLITE_OPEN_READONLY;
      query = "?immutable=1";
      break;
  }
  sqlite3* handle = nullptr;
  const int status = sqlite3_open_v2(uri_of(file, query).c_str(), &handle, flags, nullptr);
  // A handle comes even with an error, and carries its message.
  Database database(handle);
  if (status != SQLITE_OK) return failed(handle, status);
  sqlite3_busy_timeout(handle, busy_timeout_ms);
  // Hostile or damaged files get no functions of ours and no second chances.
  sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  return database;
}

Result<void> Database::run(const std::string& sql) {
  const int status = sqlite3_exec(database_.get(), sql.c_str(), nullptr, nullptr, nullptr);
  if (status != SQLITE_OK) return failed(database_.get(), status);
  return {};
}

Result<Statement> Database::prepare(std::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  const int status = sqlite3_prepare_v3(database_.get(), sql.data(), static_cast<int>(sql.size()),
                                        SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (status != SQLITE_OK) return failed(database_.get(), status);
  return Statement(statement);
}

Result<std::int64_t> Database::integer(std::string_view sql) {
  Statement statement = TRY(prepare(sql));
  if (!TRY(statement.step())) return 0;
  return statement.integer(0);
}

bool Database::is_read_only() const { return sqlite3_db_readonly(database_.get(), "main") == 1; }

Result<bool> Database::has_moved() {
  int has_moved = 0;
  const int status =
      sqlite3_file_control(database_.get(), "main", SQLITE_FCNTL_HAS_MOVED, &has_moved);
  if (status != SQLITE_OK) return failed(nullptr, status);
  return has_moved != 0;
}

std::int64_t Database::last_row() const { return sqlite3_last_insert_rowid(database_.get()); }

std::int64_t Database::changed_rows() const { return sqlite3_changes64(database_.get()); }

void Database::Close::operator()(sqlite3* database) const noexcept { sqlite3_close_v2(database); }

}  // namespace tesseras::vault
