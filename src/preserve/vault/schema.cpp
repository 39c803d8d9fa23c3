#include "preserve/vault/schema.hpp"

#include <array>

namespace tesseras::vault {
namespace {

using base::Code;
using base::Result;

constexpr const char* step_1 = R"sql(
CREATE TABLE blobs(
  id     INTEGER PRIMARY KEY,
  hash   BLOB NOT NULL UNIQUE CHECK(length(hash) = 32),
  size   INTEGER NOT NULL,
  place  INTEGER NOT NULL,
  pack   INTEGER NOT NULL,
  offset INTEGER NOT NULL
) STRICT;
CREATE TABLE tesserae(
  id          INTEGER PRIMARY KEY,
  hash        BLOB NOT NULL UNIQUE CHECK(length(hash) = 32),
  readable    INTEGER NOT NULL,
  created     INTEGER NOT NULL,
  kept_at     INTEGER NOT NULL,
  title       TEXT NOT NULL,
  visibility  TEXT NOT NULL,
  language    TEXT NOT NULL,
  creator     BLOB NOT NULL CHECK(length(creator) = 32),
  memories    INTEGER NOT NULL,
  media_bytes INTEGER NOT NULL,
  size_bytes  INTEGER NOT NULL,
  ed25519     BLOB NOT NULL CHECK(length(ed25519) = 32),
  mldsa65     BLOB NOT NULL CHECK(length(mldsa65) = 32)
) STRICT;
CREATE TABLE listings(
  tessera INTEGER NOT NULL REFERENCES tesserae(id) ON DELETE CASCADE,
  blob    INTEGER NOT NULL REFERENCES blobs(id),
  PRIMARY KEY(tessera, blob)
) STRICT, WITHOUT ROWID;
CREATE INDEX listings_by_blob ON listings(blob);
CREATE TABLE packs(
  number    INTEGER PRIMARY KEY,
  committed INTEGER NOT NULL,
  commits   INTEGER NOT NULL,
  condemned INTEGER NOT NULL
) STRICT;
CREATE TABLE state(
  key   TEXT PRIMARY KEY,
  value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO state VALUES('version', 0);
)sql";

constexpr std::array steps_of_this_release{step_1};

}  // namespace

std::span<const char* const> schema_steps() { return steps_of_this_release; }

Result<void> migrate(Database& database, std::span<const char* const> steps) {
  const auto newest = static_cast<std::int64_t>(steps.size());
  const std::int64_t version = TRY(database.integer("PRAGMA user_version"));
  const std::int64_t application = TRY(database.integer("PRAGMA application_id"));
  const bool is_empty = TRY(database.integer("SELECT count(*) FROM sqlite_schema")) == 0;
  if (!is_empty && application != schema_application_id)
    return base::fail(Code::corrupt,
                      "the vault's index is not a database of tesseras; run `tes vault rebuild`");
  if (version > newest)
    return base::fail(Code::unsupported,
                      "this vault was written by a newer tesseras (schema {}; this version reads "
                      "up to {}); update tesseras",
                      version, newest);
  if (version == newest) return {};
  if (version < 0)
    return base::fail(Code::corrupt,
                      "the vault's index has no sensible version; run `tes vault rebuild`");
  if (database.is_read_only())
    return base::fail(Code::unsupported,
                      "this vault was written by an older tesseras (schema {}) and cannot be "
                      "brought up to date, because it is read-only; open it once where it can be "
                      "written",
                      version);
  TRY(database.run("BEGIN IMMEDIATE"));
  if (TRY(database.integer("PRAGMA user_version")) != version) {
    // Another process was faster; its steps are ours.
    TRY(database.run("ROLLBACK"));
    return migrate(database, steps);
  }
  std::string sql;
  for (std::int64_t step = version; step < newest; ++step)
    sql += steps[static_cast<std::size_t>(step)];
  sql += fmt::format("PRAGMA application_id = {}; PRAGMA user_version = {};", schema_application_id,
                     newest);
  if (auto done = database.run(sql); !done) {
    (void)database.run("ROLLBACK");
    return done;
  }
  return database.run("COMMIT");
}

}  // namespace tesseras::vault
