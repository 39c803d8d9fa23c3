// SQLite with our errors: the one place that includes its header is sqlite.cpp.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "foundation/base/bytes.hpp"
#include "foundation/base/result.hpp"
#include "foundation/runtime/disk.hpp"

struct sqlite3;
struct sqlite3_stmt;

namespace tesseras::vault {

// A prepared statement. Bindings are copied, and stay until bound again. It must not outlive
// its Database.
class Statement {
 public:
  Statement& bind(int parameter, std::int64_t value);
  Statement& bind(int parameter, base::ByteSpan blob);
  Statement& bind(int parameter, std::string_view text);
  Statement& bind_null(int parameter);

  // True: there is a row, and its columns can be read until the next call. False: the end; the
  // statement can be run again. After an error too.
  base::Result<bool> step();
  // For statements that give no rows.
  base::Result<void> run();
  // Forgets the rows that are left.
  void reset();

  std::int64_t integer(int column) const;
  bool is_null(int column) const;
  // Borrowed until the next step.
  base::ByteSpan blob(int column) const;
  std::string_view text(int column) const;

 private:
  friend class Database;
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const noexcept;
  };
  explicit Statement(sqlite3_stmt* statement) : statement_(statement) {}
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
  // The first binding that failed for lack of memory or a wrong number; step() reports it.
  int bind_error_ = 0;
};

class Database {
 public:
  enum class Mode { create, write, read_unchanging };

  // create: a new file, or the one that is there. write: one that is there; read-only when it
  // cannot be written. read_unchanging: as it stands, without any lock or sidecar file.
  static base::Result<Database> open(const runtime::path& file, Mode mode);

  base::Result<void> run(const std::string& sql);  // statements without results
  base::Result<Statement> prepare(std::string_view sql);
  base::Result<std::int64_t> integer(std::string_view sql);  // the first column of the first row

  bool is_read_only() const;
  // True when its name is no longer that of the file that was opened.
  base::Result<bool> has_moved();
  // The row that was inserted last, and how many the last statement inserted, updated or deleted.
  std::int64_t last_row() const;
  std::int64_t changed_rows() const;

 private:
  struct Close {
    void operator()(sqlite3* database) const noexcept;
  };
  explicit Database(sqlite3* database) : database_(database) {}
  std::unique_ptr<sqlite3, Close> database_;
};

}  // namespace tesseras::vault
