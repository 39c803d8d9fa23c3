// The index in SQLite. Private to this library; the rest knows Index and IndexHome.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string_view>
#include <utility>
#include <vector>

#include "preserve/vault/index.hpp"
#include "preserve/vault/sqlite.hpp"

namespace tesseras::vault {

// One connection, taken in turns.
class SqliteIndex final : public Index {
 public:
  explicit SqliteIndex(Database database) : database_(std::move(database)) {}

  bool is_writable() const override { return !database_.is_read_only(); }
  Result<bool> is_replaced() override;
  Result<void> apply(const Change& change) override;
  Result<std::uint64_t> version() override;
  Result<std::optional<BlobPlace>> blob(const BlobId& id) override;
  Result<std::vector<std::optional<BlobPlace>>> places(std::span<const BlobId> ids) override;
  Result<std::vector<PlacedBlob>> blobs(const std::optional<BlobId>& after,
                                        std::size_t count) override;
  Result<std::vector<PlacedBlob>> blobs_in_pack(std::uint32_t number) override;
  Result<std::vector<PlacedBlob>> unlisted_blobs() override;
  Result<std::vector<TesseraInfo>> tesserae() override;
  Result<std::optional<TesseraInfo>> tessera(const ContentHash& content_hash) override;
  Result<std::vector<ContentHash>> tesserae_between(const ContentHash& first,
                                                    const ContentHash& last,
                                                    std::size_t count) override;
  Result<std::vector<ContentHash>> tesserae_with(const BlobId& id) override;
  Result<std::vector<PlacedBlob>> blobs_of(const ContentHash& content_hash) override;
  Result<std::vector<PlacedBlob>> blobs_only_of(const ContentHash& content_hash) override;
  Result<std::vector<PackState>> packs() override;
  Result<std::vector<PackLoad>> pack_loads() override;
  Result<std::optional<std::int64_t>> swept_at() override;
  Result<bool> has_lost_records() override;
  Result<void> check() override;
  Result<void> check_tesserae() override;

 private:
  // Row numbers of blobs that this change put in, so that listing them needs no look-up. Sorted.
  using Rows = std::vector<std::pair<BlobId, std::int64_t>>;

  // Prepared once for each text, which is a literal.
  Result<Statement*> prepared(std::string_view sql);
  Result<std::vector<PlacedBlob>> placed_blobs(Statement& statement);
  Result<std::optional<BlobPlace>> place(const BlobId& id);
  Result<std::vector<std::optional<BlobPlace>>> place_each(std::span<const BlobId> ids);
  Result<std::vector<ContentHash>> hashes(Statement& statement);

  // `pragma` is an integrity check of SQLite's that stops at the first fault.
  Result<void> check_by(std::string_view pragma);

  Result<void> apply_parts(const Change& change);
  Result<void> put_blobs(const Change& change, Rows& rows);
  Result<void> put_tessera(const IndexedTessera& tessera, const Rows& rows);
  Result<void> put_packs(const Change& change);
  Result<void> put_state(std::string_view key, std::int64_t value);
  Result<std::optional<std::int64_t>> state(std::string_view key);

  std::mutex mutex_;
  Database database_;
  std::map<std::string_view, Statement> statements_;  // after database_: they end before it
};

}  // namespace tesseras::vault
