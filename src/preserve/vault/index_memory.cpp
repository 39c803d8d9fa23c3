#include <algorithm>
#include <map>
#include <mutex>
#include <set>

#include "preserve/vault/index.hpp"
#include "preserve/vault/index_home.hpp"

namespace tesseras::vault {
namespace {

using base::Code;
using base::fail;

struct Tables {
  struct Blob {
    BlobPlace place;
    std::set<ContentHash> listed_by;
  };
  struct Kept {
    TesseraInfo info;
    std::set<BlobId> blobs;
  };

  std::map<BlobId, Blob> blobs;
  std::map<ContentHash, Kept> tesserae;
  std::map<std::uint32_t, PackState> packs;
  std::optional<std::int64_t> swept_at;
  bool has_lost_records = false;
  std::uint64_t version = 0;

  void remove(const ContentHash& content_hash) {
    const auto found = tesserae.find(content_hash);
    if (found == tesserae.end()) return;
    for (const BlobId& id : found->second.blobs) blobs.at(id).listed_by.erase(content_hash);
    tesserae.erase(found);
  }

  Result<void> apply(const Change& change) {
    for (const ContentHash& content_hash : change.removed) remove(content_hash);
    for (const PlacedBlob& blob : change.blobs) blobs[blob.id].place = blob.place;
    for (const IndexedTessera& tessera : change.tesserae) {
      remove(tessera.info.content_hash);
      Kept& kept = tesserae[tessera.info.content_hash];
      kept.info = tessera.info;
      for (const BlobId& id : tessera.blobs) {
        const auto blob = blobs.find(id);
        if (blob == blobs.end())
          return fail(Code::internal, "the index does not have blob {}", id.hex());
        blob->second.listed_by.insert(tessera.info.content_hash);
        kept.blobs.insert(id);
      }
    }
    for (const BlobId& id : change.forgotten) {
      const auto blob = blobs.find(id);
      if (blob == blobs.end()) continue;
      if (!blob->second.listed_by.empty())
        return fail(Code::internal, "blob {} is still listed", id.hex());
      blobs.erase(blob);
    }
    for (const PackState& pack : change.packs) packs[pack.number] = pack;
    for (const std::uint32_t number : change.gone_packs) packs.erase(number);
    if (change.swept_at) swept_at = change.swept_at;
    if (change.has_lost_records) has_lost_records = true;
    ++version;
    return {};
  }
};

struct Shared {
  std::mutex mutex;
  Tables tables;
  bool is_replaced = false;
};

class MemoryIndex final : public Index {
 public:
  explicit MemoryIndex(std::shared_ptr<Shared> shared) : shared_(std::move(shared)) {}

  bool is_writable() const override { return true; }

  Result<bool> is_replaced() override {
    const std::lock_guard lock(shared_->mutex);
    return shared_->is_replaced;
  }

  Result<void> apply(const Change& change) override {
    const std::lock_guard lock(shared_->mutex);
    Tables changed = shared_->tables;
    TRY(changed.apply(change));
    shared_->tables = std::move(changed);
    return {};
  }

  Result<std::uint64_t> version() override {
    const std::lock_guard lock(shared_->mutex);
    return shared_->tables.version;
  }

  Result<std::optional<BlobPlace>> blob(const BlobId& id) override {
    const std::lock_guard lock(shared_->mutex);
    const auto found = shared_->tables.blobs.find(id);
    if (found == shared_->tables.blobs.end()) return std::nullopt;
    return found->second.place;
  }

  Result<std::vector<std::optional<BlobPlace>>> places(std::span<const BlobId> ids) override {
    std::vector<std::optional<BlobPlace>> found;
    for (const BlobId& id : ids) found.push_back(TRY(blob(id)));
    return found;
  }

  Result<std::vector<PlacedBlob>> blobs(const std::optional<BlobId>& after,
                                        std::size_t count) override {
    const std::lock_guard lock(shared_->mutex);
    const auto& blobs = shared_->tables.blobs;
    std::vector<PlacedBlob> found;
    for (auto at = after ? blobs.upper_bound(*after) : blobs.begin();
         at != blobs.end() && found.size() < count; ++at)
      found.push_back({at->first, at->second.place});
    return found;
  }

  Result<std::vector<PlacedBlob>> blobs_in_pack(std::uint32_t number) override {
    auto found = blobs_that([number](const BlobId&, const Tables::Blob& blob) {
      return blob.place.where == Where::pack && blob.place.pack == number;
    });
    std::ranges::sort(found, {}, [](const PlacedBlob& blob) { return blob.place.offset; });
    return found;
  }

  Result<std::vector<PlacedBlob>> unlisted_blobs() override {
    return blobs_that(
        [](const BlobId&, const Tables::Blob& blob) { return blob.listed_by.empty(); });
  }

  Result<std::vector<TesseraInfo>> tesserae() override {
    const std::lock_guard lock(shared_->mutex);
    std::vector<TesseraInfo> found;
    for (const auto& [content_hash, kept] : shared_->tables.tesserae) found.push_back(kept.info);
    std::ranges::stable_sort(found, {}, [](const TesseraInfo& info) { return info.created; });
    return found;
  }

  Result<std::optional<TesseraInfo>> tessera(const ContentHash& content_hash) override {
    const std::lock_guard lock(shared_->mutex);
    const auto found = shared_->tables.tesserae.find(content_hash);
    if (found == shared_->tables.tesserae.end()) return std::nullopt;
    return found->second.info;
  }

  Result<std::vector<ContentHash>> tesserae_between(const ContentHash& first,
                                                    const ContentHash& last,
                                                    std::size_t count) override {
    const std::lock_guard lock(shared_->mutex);
    const auto& tesserae = shared_->tables.tesserae;
    std::vector<ContentHash> found;
    for (auto at = tesserae.lower_bound(first);
         at != tesserae.end() && at->first <= last && found.size() < count; ++at)
      found.push_back(at->first);
    return found;
  }

  Result<std::vector<ContentHash>> tesserae_with(const BlobId& id) override {
    const std::lock_guard lock(shared_->mutex);
    const auto found = shared_->tables.blobs.find(id);
    if (found == shared_->tables.blobs.end()) return std::vector<ContentHash>{};
    return std::vector<ContentHash>(found->second.listed_by.begin(), found->second.listed_by.end());
  }

  Result<std::vector<PlacedBlob>> blobs_of(const ContentHash& content_hash) override {
    return blobs_that([&](const BlobId&, const Tables::Blob& blob) {
      return blob.listed_by.contains(content_hash);
    });
  }

  Result<std::vector<PlacedBlob>> blobs_only_of(const ContentHash& content_hash) override {
    return blobs_that([&](const BlobId&, const Tables::Blob& blob) {
      return blob.listed_by.size() == 1 && blob.listed_by.contains(content_hash);
    });
  }

  Result<std::vector<PackState>> packs() override {
    const std::lock_guard lock(shared_->mutex);
    std::vector<PackState> found;
    for (const auto& [number, pack] : shared_->tables.packs) found.push_back(pack);
    return found;
  }

  Result<std::vector<PackLoad>> pack_loads() override {
    const std::lock_guard lock(shared_->mutex);
    std::map<std::uint32_t, PackLoad> loads;
    for (const auto& [id, blob] : shared_->tables.blobs) {
      if (blob.place.where != Where::pack) continue;
      PackLoad& load = loads[blob.place.pack];
      load.number = blob.place.pack;
      ++load.blobs;
      load.blob_bytes += blob.place.size_bytes;
    }
    std::vector<PackLoad> found;
    found.reserve(loads.size());
    for (const auto& [number, load] : loads) found.push_back(load);
    return found;
  }

  Result<std::optional<std::int64_t>> swept_at() override {
    const std::lock_guard lock(shared_->mutex);
    return shared_->tables.swept_at;
  }

  Result<bool> has_lost_records() override {
    const std::lock_guard lock(shared_->mutex);
    return shared_->tables.has_lost_records;
  }

  Result<void> check() override { return {}; }
  Result<void> check_tesserae() override { return {}; }

 private:
  template <class Condition>
  std::vector<PlacedBlob> blobs_that(Condition condition) {
    const std::lock_guard lock(shared_->mutex);
    std::vector<PlacedBlob> found;
    for (const auto& [id, blob] : shared_->tables.blobs)
      if (condition(id, blob)) found.push_back({id, blob.place});
    return found;
  }

  std::shared_ptr<Shared> shared_;
};

class MemoryIndexHome final : public IndexHome {
 public:
  bool exists() const override { return current_ != nullptr; }

  Result<void> create() override {
    if (current_) return fail(Code::conflict, "there is an index already");
    current_ = std::make_shared<Shared>();
    return {};
  }

  Result<std::unique_ptr<Index>> open() override {
    if (!current_) return fail(Code::not_found, "there is no index");
    return std::make_unique<MemoryIndex>(current_);
  }

  Result<std::unique_ptr<Index>> begin_anew() override {
    fresh_ = std::make_shared<Shared>();
    return std::make_unique<MemoryIndex>(fresh_);
  }

  Result<void> replace_with_new() override {
    if (current_) {
      const std::lock_guard lock(current_->mutex);
      current_->is_replaced = true;
    }
    current_ = std::move(fresh_);
    return {};
  }

 private:
  std::shared_ptr<Shared> current_;
  std::shared_ptr<Shared> fresh_;
};

}  // namespace

std::unique_ptr<IndexHome> memory_index_home() { return std::make_unique<MemoryIndexHome>(); }

}  // namespace tesseras::vault
