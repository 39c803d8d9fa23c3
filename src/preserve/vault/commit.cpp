#include "preserve/vault/commit.hpp"

#include <algorithm>
#include <set>

#include "preserve/vault/describe.hpp"
#include "preserve/vault/pack_writer.hpp"
#include "preserve/vault/record.hpp"

namespace tesseras::vault {
namespace {

using base::Code;
using base::fail;

constexpr std::uint32_t folder_permissions = 0700;
constexpr std::size_t copy_bytes = 1024 * 1024;

class Commit {
 public:
  Commit(Staging& staging, std::span<const KeptTessera> tesserae, base::WallTime kept_at)
      : staging_(staging), store_(staging.store()), tesserae_(tesserae), kept_at_(kept_at) {}

  Result<void> run() {
    if (tesserae_.size() * kept_entry_size_bytes > Limits::payload_bytes_max)
      return fail(Code::exhausted, "{} tesserae are too many for one commit; commit fewer at once",
                  tesserae_.size());
    TRY(staging_.flush_spool());
    TRY(sync_collected());
    const auto lock = TRY(store_.lock_for_writing());
    is_index_unchanged_ = TRY(store_.index().version()) == staging_.index_version();
    TRY(choose_tesserae());
    TRY(choose_blobs());
    // The damage may have taken the records of what it mends, too.
    if (is_mending_) entries_.insert(entries_.end(), known_.begin(), known_.end());
    if (change_.tesserae.empty() && small_.empty() && large_.empty()) return {};
    auto done = write();
    if (!done) undo();
    return done;
  }

 private:
  using Chosen = std::pair<const BlobId, Staged>;

  // The contents, while nobody waits for us.
  Result<void> sync_collected() {
    std::vector<runtime::path> files;
    for (const auto& [id, staged] : staging_.blobs())
      if (!staged.spool_offset) files.push_back(staging_.file(staged.file_number));
    if (may_adopt_spool()) files.push_back(staging_.spool());
    return store_.disk().sync(files);
  }

  bool may_adopt_spool() const {
    return staging_.spool_bytes() >= Limits::spool_becomes_pack_bytes;
  }

  // Those that a tessera needs and the vault does not have: another writer may have put some
  // meanwhile. A blob that was found missing or damaged is mended even when its tessera is kept
  // already.
  Result<void> choose_blobs() {
    for (const Chosen& blob : staging_.blobs()) {
      const bool is_listed = is_listed_now(blob.first);
      if (!is_listed || !is_index_unchanged_) {
        const auto place = TRY(store_.index().blob(blob.first));
        const bool is_bad =
            place && (place->where == Where::missing || place == blob.second.damaged_place);
        if (!is_bad && (place || !is_listed)) continue;
        is_mending_ = is_mending_ || is_bad;
      }
      (blob.second.spool_offset ? small_ : large_).push_back(&blob);
    }
    std::ranges::sort(small_, {}, [](const Chosen* blob) { return *blob->second.spool_offset; });
    return {};
  }

  bool is_listed_now(const BlobId& id) const {
    return std::ranges::any_of(change_.tesserae, [&](const IndexedTessera& tessera) {
      return std::ranges::binary_search(tessera.blobs, id);
    });
  }

  Result<void> choose_tesserae() {
    std::set<ContentHash> chosen;
    for (const KeptTessera& tessera : tesserae_) {
      const ContentHash& content_hash = tessera.manifest.content_hash();
      if (!chosen.insert(content_hash).second) continue;
      const auto known = TRY(store_.index().tessera(content_hash));
      if (known && known->is_readable) {
        known_.push_back({content_hash, known->signature_ed25519, known->signature_mldsa65,
                          known->kept_at.unix_seconds});
        continue;
      }
      const KeptEntry entry{content_hash, tessera.signature_ed25519, tessera.signature_mldsa65,
                            kept_at_.unix_seconds};
      std::uint64_t signature_bytes = TRY(size_of(entry.signature_ed25519));
      if (entry.signature_mldsa65 != entry.signature_ed25519)
        signature_bytes += TRY(size_of(entry.signature_mldsa65));
      change_.tesserae.push_back(describe(tessera.manifest, entry, signature_bytes));
      for (const BlobId& id : change_.tesserae.back().blobs) TRY(size_of(id));
      entries_.push_back(entry);
    }
    return {};
  }

  Result<std::uint64_t> size_of(const BlobId& id) {
    const auto staged = staging_.blobs().find(id);
    if (staged != staging_.blobs().end()) return staged->second.size_bytes;
    const auto place = TRY(store_.index().blob(id));
    if (place && place->where != Where::missing) return place->size_bytes;
    // It may have been there when the caller put it: then somebody removed it meanwhile.
    if (!is_index_unchanged_)
      return fail(Code::unavailable,
                  "another process removed blob {} from the vault meanwhile; try again", id.hex());
    return fail(Code::not_found, "blob {} is listed by a MANIFEST but was not put", id.hex());
  }

  Result<void> write() {
    TRY(move_large());
    TRY(write_small());
    std::vector<runtime::path> touched(folders_.begin(), folders_.end());
    touched.push_back(pack_->file());
    if (pack_->is_new()) touched.push_back(store_.layout().packs());
    TRY(store_.disk().sync(touched));
    // Only now: a commit record says that everything else has reached the medium. Mended blobs
    // of no tessera at hand want one too, or a rebuild would take them for a crashed writer's.
    if (!entries_.empty() || !small_.empty()) {
      TRY(pack_->append_commit(entries_.empty() ? complete_record() : kept_record(entries_)));
      TRY(pack_->sync());
    }
    change_.packs.push_back(pack_->committed());
    // An hour from now the first sweep is due.
    if (!TRY(store_.index().swept_at())) change_.swept_at = kept_at_.unix_seconds;
    return store_.index().apply(change_);
  }

  Result<void> move_large() {
    const Layout& layout = store_.layout();
    for (const Chosen* blob : large_) {
      const runtime::path to = layout.blob(blob->first);
      const runtime::path inner = to.parent_path();
      if (folders_.insert(inner).second) {
        TRY(store_.disk().make_folders(inner, folder_permissions));
        folders_.insert(inner.parent_path());
        folders_.insert(layout.blobs_followed());
      }
      TRY(store_.disk().rename(staging_.file(blob->second.file_number), to));
      if (!blob->second.damaged_place) moved_.push_back(to);
      change_.blobs.push_back({blob->first, {blob->second.size_bytes, Where::file, 0, 0}});
    }
    return {};
  }

  Result<void> write_small() {
    // Dead records would be carried into the pack, so a spool with some is copied instead.
    const bool is_whole = small_.size() == small_staged();
    if (is_whole && may_adopt_spool()) {
      pack_.emplace(TRY(PackWriter::adopt(store_, staging_.spool())));
      for (const Chosen* blob : small_) place_small(*blob, *blob->second.spool_offset);
      return {};
    }
    pack_.emplace(TRY(PackWriter::begin(store_)));
    if (small_.empty()) return {};
    auto spool = TRY(store_.disk().open_read(staging_.spool()));
    base::Bytes buffer;
    for (const Chosen* blob : small_) {
      place_small(*blob, pack_->end_bytes() + buffer.size());
      const std::size_t size = record_header_size_bytes + blob->second.size_bytes;
      const std::size_t begin = buffer.size();
      buffer.resize(begin + size);
      const auto into = base::MutableByteSpan(buffer).subspan(begin);
      if (TRY(spool->read_at(*blob->second.spool_offset, into)) != size)
        return fail(Code::io, "{} was cut off meanwhile", staging_.spool().native());
      if (buffer.size() < copy_bytes) continue;
      TRY(pack_->append(buffer));
      buffer.clear();
    }
    return pack_->append(buffer);
  }

  std::size_t small_staged() const {
    return static_cast<std::size_t>(std::ranges::count_if(
        staging_.blobs(), [](const Chosen& blob) { return blob.second.spool_offset.has_value(); }));
  }

  void place_small(const Chosen& blob, std::uint64_t offset) {
    change_.blobs.push_back(
        {blob.first, {blob.second.size_bytes, Where::pack, pack_->number(), offset}});
  }

  // As far as the disk lets us: what stays is settled by the next writer, and swept.
  void undo() {
    if (pack_) pack_->undo();
    for (const runtime::path& file : moved_) (void)store_.disk().remove(file);
  }

  Staging& staging_;
  Store& store_;
  std::span<const KeptTessera> tesserae_;
  base::WallTime kept_at_;
  bool is_index_unchanged_ = false;
  std::vector<const Chosen*> small_;
  std::vector<const Chosen*> large_;
  std::vector<KeptEntry> entries_;
  std::vector<KeptEntry> known_;  // of tesserae that are kept already
  bool is_mending_ = false;
  Change change_;
  std::set<runtime::path> folders_;
  std::vector<runtime::path> moved_;
  std::optional<PackWriter> pack_;
};

}  // namespace

Result<void> commit(Staging& staging, std::span<const KeptTessera> tesserae,
                    base::WallTime kept_at) {
  return Commit(staging, tesserae, kept_at).run();
}

}  // namespace tesseras::vault
