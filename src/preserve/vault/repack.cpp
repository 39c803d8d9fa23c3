#include "preserve/vault/repack.hpp"

#include <algorithm>
#include <array>
#include <map>

#include "preserve/vault/pack_scan.hpp"
#include "preserve/vault/pack_writer.hpp"
#include "preserve/vault/record.hpp"
#include "preserve/vault/recover.hpp"
#include "preserve/vault/staging.hpp"

namespace tesseras::vault {
namespace {

using base::Code;

constexpr std::size_t blobs_a_page = 10'000;

// One pack's live records on their way to a new one.
class Rewrite {
 public:
  Rewrite(Store& store, const PackState& old, std::uint64_t live_blobs)
      : store_(store), old_(old), live_blobs_(live_blobs) {}

  // False when the pack is damaged or gone: then it stays, for check to report.
  Result<bool> run(SweepReport& report) {
    const auto staging = TRY(Staging::begin(store_));
    auto fresh = TRY(staging->new_file());
    file_ = fresh.file.get();
    auto copied = copy_live();
    if (!copied && copied.error().code == Code::not_found) return false;
    TRY(std::move(copied));
    if (change_.blobs.size() != live_blobs_ || !TRY(may_drop_damage())) return false;
    if (written_ > 0) {
      // Without it a pack of blobs alone would look like a commit that was never finished.
      TRY(write_commit(complete_record()));
      TRY(file_->sync());
      const PackWriter pack =
          TRY(PackWriter::adopt(store_, staging->file(fresh.number), commit_bytes_));
      const std::array<runtime::path, 1> folder{store_.layout().packs()};
      TRY(store_.disk().sync(folder));
      for (PlacedBlob& blob : change_.blobs) blob.place.pack = pack.number();
      change_.packs.push_back(pack.committed());
    }
    // Deleted only when the index no longer needs it, and remembered until it is.
    PackState condemned = old_;
    condemned.is_condemned = true;
    change_.packs.push_back(condemned);
    TRY(store_.index().apply(change_));
    report.bytes_freed += old_.committed_bytes - written_;
    ++report.packs_rewritten;
    return true;
  }

 private:
  Result<void> copy_live() {
    auto source = TRY(store_.disk().open_read(store_.layout().pack(old_.number)));
    const PackVisitor visitor{[this](const PackRecord& record) { return copy(record); },
                              [this](const PackDamage& damage) {
                                is_damaged_ = true;
                                is_foreign_ = is_foreign_ || damage.is_foreign;
                              }};
    return scan_pack(*source, 0, old_.committed_bytes, visitor);
  }

  // What is damaged may be all there is of a commit record, or of a blob that is missing
  // elsewhere: then a person may still make something of it.
  Result<bool> may_drop_damage() {
    if (!is_damaged_) return true;
    if (is_foreign_ || old_commit_bytes_ != old_.commit_record_bytes) return false;
    std::optional<BlobId> after;
    for (;;) {
      const auto page = TRY(store_.index().blobs(after, blobs_a_page));
      if (page.empty()) return true;
      for (const PlacedBlob& blob : page)
        if (blob.place.where == Where::missing) return false;
      after = page.back().id;
    }
  }

  Result<void> copy(const PackRecord& record) {
    if (record.kind != RecordKind::blob) old_commit_bytes_ += record.end() - record.offset;
    switch (record.kind) {
      case RecordKind::blob: {
        const BlobPlace here{record.payload.size(), Where::pack, old_.number, record.offset};
        if (TRY(store_.index().blob(record.payload_hash)) != here) return {};
        change_.blobs.push_back(
            {record.payload_hash, {record.payload.size(), Where::pack, 0, written_}});
        return write(blob_record(record.payload, record.payload_hash));
      }
      case RecordKind::kept: {
        // A record that no longer holds must not come behind the one that does.
        std::vector<KeptEntry> entries = TRY(decode_kept(record.payload));
        std::vector<KeptEntry> holding;
        for (const KeptEntry& entry : entries)
          if (TRY(holds(entry))) holding.push_back(entry);
        return holding.empty() ? Result<void>() : write_commit(kept_record(holding));
      }
      case RecordKind::removed: {
        const RemovedEntry entry = TRY(decode_removed(record.payload));
        if (TRY(store_.index().tessera(entry.content_hash))) return {};
        return write_commit(removed_record(entry));
      }
      case RecordKind::complete: return {};
    }
    return {};
  }

  Result<bool> holds(const KeptEntry& entry) {
    const auto info = TRY(store_.index().tessera(entry.content_hash));
    return info && info->kept_at.unix_seconds == entry.kept_at &&
           info->signature_ed25519 == entry.signature_ed25519 &&
           info->signature_mldsa65 == entry.signature_mldsa65;
  }

  Result<void> write(const base::Bytes& record) {
    TRY(file_->append(record));
    written_ += record.size();
    return {};
  }

  Result<void> write_commit(const base::Bytes& record) {
    commit_bytes_ += record.size();
    return write(record);
  }

  Store& store_;
  PackState old_;
  std::uint64_t live_blobs_;
  runtime::File* file_ = nullptr;
  std::uint64_t written_ = 0;
  std::uint64_t commit_bytes_ = 0;
  std::uint64_t old_commit_bytes_ = 0;
  bool is_damaged_ = false;
  bool is_foreign_ = false;
  Change change_;
};

bool is_mostly_dead(const PackState& pack, const PackLoad& load) {
  const std::uint64_t live =
      load.blob_bytes + load.blobs * record_header_size_bytes + pack.commit_record_bytes;
  return live < pack.committed_bytes && (pack.committed_bytes - live) * 2 > pack.committed_bytes;
}

}  // namespace

Result<void> repack(Store& store, SweepReport& report) {
  std::map<std::uint32_t, PackLoad> loads;
  for (const PackLoad& load : TRY(store.index().pack_loads())) loads[load.number] = load;
  bool is_any_condemned = false;
  for (const PackState& pack : TRY(store.index().packs())) {
    const PackLoad load = loads[pack.number];
    if (!is_mostly_dead(pack, load)) continue;
    if (TRY(Rewrite(store, pack, load.blobs).run(report))) is_any_condemned = true;
  }
  if (is_any_condemned) TRY(recover(store));
  return {};
}

}  // namespace tesseras::vault
