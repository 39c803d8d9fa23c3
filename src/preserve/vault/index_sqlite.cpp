#include "preserve/vault/index_sqlite.hpp"

#include <algorithm>
#include <tuple>

#include "foundation/base/text.hpp"

namespace tesseras::vault {
namespace {

using base::Code;
using base::fail;

// Every 64-bit count of ours fits: sizes and offsets of files are signed in the system too.
std::int64_t to_column(std::uint64_t value) { return static_cast<std::int64_t>(value); }
std::uint64_t to_count(std::int64_t column) { return static_cast<std::uint64_t>(column); }

template <class Id>
Result<Id> id_of(const Statement& row, int column) {
  const auto id = Id::from_bytes(row.blob(column));
  if (!id)
    return fail(Code::corrupt, "the vault's index holds a broken id; run `tes vault rebuild`");
  return *id;
}

// Columns: size, place, pack, offset, from `column` on.
Result<BlobPlace> place_of(const Statement& row, int column) {
  const std::int64_t where = row.integer(column + 1);
  if (where < 0 || where > static_cast<std::int64_t>(Where::missing))
    return fail(Code::corrupt,
                "the vault's index has a blob in an unknown place; run `tes vault rebuild`");
  return BlobPlace{to_count(row.integer(column)), static_cast<Where>(where),
                   static_cast<std::uint32_t>(row.integer(column + 2)),
                   to_count(row.integer(column + 3))};
}

constexpr std::string_view select_tesserae =
    "SELECT hash, readable, created, kept_at, title, visibility, language, creator, memories,"
    " media_bytes, size_bytes, ed25519, mldsa65 FROM tesserae";

Result<TesseraInfo> info_of(const Statement& row) {
  TesseraInfo info;
  info.content_hash = TRY(id_of<ContentHash>(row, 0));
  info.is_readable = row.integer(1) != 0;
  info.created.unix_seconds = row.integer(2);
  info.kept_at.unix_seconds = row.integer(3);
  info.title = row.text(4);
  info.visibility = row.text(5);
  info.language = row.text(6);
  info.creator = TRY(id_of<tessera::CreatorKey>(row, 7));
  info.memories = to_count(row.integer(8));
  info.media_bytes = to_count(row.integer(9));
  info.size_bytes = to_count(row.integer(10));
  info.signature_ed25519 = TRY(id_of<BlobId>(row, 11));
  info.signature_mldsa65 = TRY(id_of<BlobId>(row, 12));
  return info;
}

}  // namespace

Result<Statement*> SqliteIndex::prepared(std::string_view sql) {
  const auto found = statements_.find(sql);
  if (found != statements_.end()) return &found->second;
  return &statements_.emplace(sql, TRY(database_.prepare(sql))).first->second;
}

Result<std::vector<PlacedBlob>> SqliteIndex::placed_blobs(Statement& statement) {
  std::vector<PlacedBlob> found;
  while (TRY(statement.step()))
    found.push_back({TRY(id_of<BlobId>(statement, 0)), TRY(place_of(statement, 1))});
  return found;
}

Result<std::vector<ContentHash>> SqliteIndex::hashes(Statement& statement) {
  std::vector<ContentHash> found;
  while (TRY(statement.step())) found.push_back(TRY(id_of<ContentHash>(statement, 0)));
  return found;
}

Result<void> SqliteIndex::apply(const Change& change) {
  const std::lock_guard lock(mutex_);
  if (database_.is_read_only())
    return fail(Code::denied, "the vault's index cannot be written; look at its permissions");
  TRY(database_.run("BEGIN IMMEDIATE"));
  auto done = apply_parts(change);
  if (done) done = database_.run("COMMIT");
  // After some errors SQLite has rolled back already, and says so when asked again.
  if (!done) (void)database_.run("ROLLBACK");
  return done;
}

Result<void> SqliteIndex::apply_parts(const Change& change) {
  Statement& remove = *TRY(prepared("DELETE FROM tesserae WHERE hash = ?"));
  for (const ContentHash& content_hash : change.removed)
    TRY(remove.bind(1, content_hash.bytes).run());
  Rows rows;
  TRY(put_blobs(change, rows));
  for (const IndexedTessera& tessera : change.tesserae) TRY(put_tessera(tessera, rows));
  Statement& forget = *TRY(prepared("DELETE FROM blobs WHERE hash = ?"));
  for (const BlobId& id : change.forgotten) TRY(forget.bind(1, id.bytes).run());
  TRY(put_packs(change));
  return database_.run("UPDATE state SET value = value + 1 WHERE key = 'version'");
}

Result<void> SqliteIndex::put_blobs(const Change& change, Rows& rows) {
  // In the order of their ids the tree of ids grows at its leaves, not all over.
  std::vector<const PlacedBlob*> blobs;
  blobs.reserve(change.blobs.size());
  for (const PlacedBlob& blob : change.blobs) blobs.push_back(&blob);
  std::ranges::sort(blobs, {}, [](const PlacedBlob* blob) { return blob->id; });
  // Two plain statements: one that updates where it cannot insert and returns the row costs twice
  // as much, and nearly all blobs are new.
  Statement& put =
      *TRY(prepared("INSERT INTO blobs(hash, size, place, pack, offset) VALUES(?, ?, ?, ?, ?)"
                    " ON CONFLICT(hash) DO NOTHING"));
  Statement& move = *TRY(
      prepared("UPDATE blobs SET size = ?2, place = ?3, pack = ?4, offset = ?5 WHERE hash = ?1"));
  const auto run = [](Statement& statement, const PlacedBlob& blob) {
    return statement.bind(1, blob.id.bytes)
        .bind(2, to_column(blob.place.size_bytes))
        .bind(3, static_cast<std::int64_t>(blob.place.where))
        .bind(4, static_cast<std::int64_t>(blob.place.pack))
        .bind(5, to_column(blob.place.offset))
        .run();
  };
  rows.reserve(blobs.size());
  for (const PlacedBlob* blob : blobs) {
    TRY(run(put, *blob));
    if (database_.changed_rows() == 1) {
      rows.emplace_back(blob->id, database_.last_row());
    } else {
      TRY(run(move, *blob));
    }
  }
  return {};
}

Result<void> SqliteIndex::put_tessera(const IndexedTessera& tessera, const Rows& rows) {
  const TesseraInfo& info = tessera.info;
  TRY(TRY(prepared("DELETE FROM tesserae WHERE hash = ?"))->bind(1, info.content_hash.bytes).run());
  Statement& put = *TRY(prepared(
      "INSERT INTO tesserae(hash, readable, created, kept_at, title, visibility, language, creator,"
      " memories, media_bytes, size_bytes, ed25519, mldsa65)"
      " VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"));
  TRY(put.bind(1, info.content_hash.bytes)
          .bind(2, std::int64_t{info.is_readable})
          .bind(3, info.created.unix_seconds)
          .bind(4, info.kept_at.unix_seconds)
          .bind(5, std::string_view(info.title))
          .bind(6, std::string_view(info.visibility))
          .bind(7, std::string_view(info.language))
          .bind(8, info.creator.bytes)
          .bind(9, to_column(info.memories))
          .bind(10, to_column(info.media_bytes))
          .bind(11, to_column(info.size_bytes))
          .bind(12, info.signature_ed25519.bytes)
          .bind(13, info.signature_mldsa65.bytes)
          .run());
  const std::int64_t row = database_.last_row();
  std::vector<std::int64_t> listed;
  listed.reserve(tessera.blobs.size());
  Statement& find = *TRY(prepared("SELECT id FROM blobs WHERE hash = ?"));
  for (const BlobId& id : tessera.blobs) {
    const auto known = std::ranges::lower_bound(rows, id, {}, &Rows::value_type::first);
    if (known != rows.end() && known->first == id) {
      listed.push_back(known->second);
      continue;
    }
    if (!TRY(find.bind(1, id.bytes).step()))
      return fail(Code::internal, "the index does not have blob {}", id.hex());
    listed.push_back(find.integer(0));
    find.reset();
  }
  std::ranges::sort(listed);
  Statement& list = *TRY(prepared("INSERT INTO listings(tessera, blob) VALUES(?, ?)"));
  for (const std::int64_t blob : listed) TRY(list.bind(1, row).bind(2, blob).run());
  return {};
}

Result<void> SqliteIndex::put_packs(const Change& change) {
  Statement& put =
      *TRY(prepared("INSERT INTO packs(number, committed, commits, condemned) VALUES(?, ?, ?, ?)"
                    " ON CONFLICT(number) DO UPDATE SET committed = excluded.committed, commits = "
                    "excluded.commits,"
                    " condemned = excluded.condemned"));
  for (const PackState& pack : change.packs) {
    TRY(put.bind(1, std::int64_t{pack.number})
            .bind(2, to_column(pack.committed_bytes))
            .bind(3, to_column(pack.commit_record_bytes))
            .bind(4, std::int64_t{pack.is_condemned})
            .run());
  }
  Statement& drop = *TRY(prepared("DELETE FROM packs WHERE number = ?"));
  for (const std::uint32_t number : change.gone_packs)
    TRY(drop.bind(1, std::int64_t{number}).run());
  if (change.swept_at) TRY(put_state("swept_at", *change.swept_at));
  if (change.has_lost_records) TRY(put_state("lost_records", 1));
  return {};
}

Result<void> SqliteIndex::put_state(std::string_view key, std::int64_t value) {
  Statement& put = *TRY(prepared(
      "INSERT INTO state VALUES(?, ?) ON CONFLICT(key) DO UPDATE SET value = excluded.value"));
  return put.bind(1, key).bind(2, value).run();
}

Result<std::optional<std::int64_t>> SqliteIndex::state(std::string_view key) {
  Statement& select = *TRY(prepared("SELECT value FROM state WHERE key = ?"));
  select.bind(1, key);
  std::optional<std::int64_t> found;
  while (TRY(select.step())) found = select.integer(0);
  return found;
}

Result<bool> SqliteIndex::is_replaced() {
  const std::lock_guard lock(mutex_);
  return database_.has_moved();
}

Result<std::uint64_t> SqliteIndex::version() {
  const std::lock_guard lock(mutex_);
  return to_count(TRY(state("version")).value_or(0));
}

Result<std::optional<BlobPlace>> SqliteIndex::blob(const BlobId& id) {
  const std::lock_guard lock(mutex_);
  return place(id);
}

Result<std::optional<BlobPlace>> SqliteIndex::place(const BlobId& id) {
  Statement& select = *TRY(prepared("SELECT size, place, pack, offset FROM blobs WHERE hash = ?"));
  if (!TRY(select.bind(1, id.bytes).step())) return std::nullopt;
  auto place = place_of(select, 0);
  select.reset();
  return TRY(std::move(place));
}

Result<std::vector<std::optional<BlobPlace>>> SqliteIndex::places(std::span<const BlobId> ids) {
  const std::lock_guard lock(mutex_);
  // Outside of a transaction each statement would lock the file and look at the log anew.
  TRY(database_.run("BEGIN"));
  auto found = place_each(ids);
  (void)database_.run("COMMIT");
  return found;
}

Result<std::vector<std::optional<BlobPlace>>> SqliteIndex::place_each(std::span<const BlobId> ids) {
  std::vector<std::optional<BlobPlace>> found;
  found.reserve(ids.size());
  for (const BlobId& id : ids) found.push_back(TRY(place(id)));
  return found;
}

Result<std::vector<PlacedBlob>> SqliteIndex::blobs(const std::optional<BlobId>& after,
                                                   std::size_t count) {
  const std::lock_guard lock(mutex_);
  Statement& select =
      *TRY(prepared("SELECT hash, size, place, pack, offset FROM blobs WHERE hash > ?"
                    " ORDER BY hash LIMIT ?"));
  // No blob is less than the empty string of bytes.
  const base::ByteSpan bound = after ? base::ByteSpan(after->bytes) : base::ByteSpan();
  return placed_blobs(
      select.bind(1, bound.empty() ? base::as_bytes("") : bound).bind(2, to_column(count)));
}

Result<std::vector<PlacedBlob>> SqliteIndex::blobs_in_pack(std::uint32_t number) {
  const std::lock_guard lock(mutex_);
  Statement& select =
      *TRY(prepared("SELECT hash, size, place, pack, offset FROM blobs WHERE place = 1 AND pack = ?"
                    " ORDER BY offset"));
  return placed_blobs(select.bind(1, std::int64_t{number}));
}

Result<std::vector<PlacedBlob>> SqliteIndex::unlisted_blobs() {
  const std::lock_guard lock(mutex_);
  return placed_blobs(
      *TRY(prepared("SELECT hash, size, place, pack, offset FROM blobs WHERE NOT EXISTS"
                    " (SELECT 1 FROM listings WHERE blob = blobs.id) ORDER BY hash")));
}

Result<std::vector<TesseraInfo>> SqliteIndex::tesserae() {
  const std::lock_guard lock(mutex_);
  std::vector<TesseraInfo> found;
  Statement select = TRY(database_.prepare(select_tesserae));
  while (TRY(select.step())) found.push_back(TRY(info_of(select)));
  std::ranges::sort(found, [](const TesseraInfo& a, const TesseraInfo& b) {
    return std::tie(a.created, a.content_hash) < std::tie(b.created, b.content_hash);
  });
  return found;
}

Result<std::optional<TesseraInfo>> SqliteIndex::tessera(const ContentHash& content_hash) {
  const std::lock_guard lock(mutex_);
  Statement select = TRY(database_.prepare(std::string(select_tesserae) + " WHERE hash = ?"));
  if (!TRY(select.bind(1, content_hash.bytes).step())) return std::nullopt;
  return TRY(info_of(select));
}

Result<std::vector<ContentHash>> SqliteIndex::tesserae_between(const ContentHash& first,
                                                               const ContentHash& last,
                                                               std::size_t count) {
  const std::lock_guard lock(mutex_);
  Statement& select =
      *TRY(prepared("SELECT hash FROM tesserae WHERE hash BETWEEN ? AND ? ORDER BY hash LIMIT ?"));
  return hashes(select.bind(1, first.bytes).bind(2, last.bytes).bind(3, to_column(count)));
}

Result<std::vector<ContentHash>> SqliteIndex::tesserae_with(const BlobId& id) {
  const std::lock_guard lock(mutex_);
  Statement& select =
      *TRY(prepared("SELECT tesserae.hash FROM blobs JOIN listings ON listings.blob = blobs.id"
                    " JOIN tesserae ON tesserae.id = listings.tessera WHERE blobs.hash = ?"
                    " ORDER BY tesserae.hash"));
  return hashes(select.bind(1, id.bytes));
}

Result<std::vector<PlacedBlob>> SqliteIndex::blobs_of(const ContentHash& content_hash) {
  const std::lock_guard lock(mutex_);
  Statement& select = *TRY(prepared(
      "SELECT blobs.hash, size, place, pack, offset FROM tesserae"
      " JOIN listings ON listings.tessera = tesserae.id JOIN blobs ON blobs.id = listings.blob"
      " WHERE tesserae.hash = ? ORDER BY blobs.hash"));
  return placed_blobs(select.bind(1, content_hash.bytes));
}

Result<std::vector<PlacedBlob>> SqliteIndex::blobs_only_of(const ContentHash& content_hash) {
  const std::lock_guard lock(mutex_);
  Statement& select = *TRY(prepared(
      "SELECT blobs.hash, size, place, pack, offset FROM tesserae"
      " JOIN listings ON listings.tessera = tesserae.id JOIN blobs ON blobs.id = listings.blob"
      " WHERE tesserae.hash = ? AND NOT EXISTS (SELECT 1 FROM listings AS other"
      "  WHERE other.blob = blobs.id AND other.tessera <> tesserae.id) ORDER BY blobs.hash"));
  return placed_blobs(select.bind(1, content_hash.bytes));
}

Result<std::vector<PackState>> SqliteIndex::packs() {
  const std::lock_guard lock(mutex_);
  Statement& select =
      *TRY(prepared("SELECT number, committed, commits, condemned FROM packs ORDER BY number"));
  std::vector<PackState> found;
  while (TRY(select.step()))
    found.push_back({static_cast<std::uint32_t>(select.integer(0)), to_count(select.integer(1)),
                     to_count(select.integer(2)), select.integer(3) != 0});
  return found;
}

Result<std::vector<PackLoad>> SqliteIndex::pack_loads() {
  const std::lock_guard lock(mutex_);
  Statement& select =
      *TRY(prepared("SELECT pack, count(*), sum(size) FROM blobs WHERE place = 1"
                    " GROUP BY pack ORDER BY pack"));
  std::vector<PackLoad> found;
  while (TRY(select.step()))
    found.push_back({static_cast<std::uint32_t>(select.integer(0)), to_count(select.integer(1)),
                     to_count(select.integer(2))});
  return found;
}

Result<std::optional<std::int64_t>> SqliteIndex::swept_at() {
  const std::lock_guard lock(mutex_);
  return state("swept_at");
}

Result<bool> SqliteIndex::has_lost_records() {
  const std::lock_guard lock(mutex_);
  return TRY(state("lost_records")).has_value();
}

Result<void> SqliteIndex::check_by(std::string_view pragma) {
  Statement check = TRY(database_.prepare(pragma));
  if (TRY(check.step()) && check.text(0) != "ok")
    return fail(Code::corrupt, "the vault's index is damaged ({}); run `tes vault rebuild`",
                base::to_printable(check.text(0)));
  return {};
}

// Not quick_check, which does not hold what is looked up by against what is there.
Result<void> SqliteIndex::check() {
  const std::lock_guard lock(mutex_);
  TRY(check_by("PRAGMA integrity_check(1)"));
  Statement broken = TRY(database_.prepare("PRAGMA foreign_key_check"));
  if (TRY(broken.step()))
    return fail(Code::corrupt,
                "the vault's index refers to what it does not have; run `tes vault rebuild`");
  return {};
}

Result<void> SqliteIndex::check_tesserae() {
  const std::lock_guard lock(mutex_);
  return check_by("PRAGMA integrity_check(tesserae)");
}

}  // namespace tesseras::vault
