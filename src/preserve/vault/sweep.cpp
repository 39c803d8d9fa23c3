#include "preserve/vault/sweep.hpp"

#include <algorithm>
#include <array>

#include "preserve/vault/blob_files.hpp"
#include "preserve/vault/pack_writer.hpp"
#include "preserve/vault/record.hpp"
#include "preserve/vault/repack.hpp"

namespace tesseras::vault {
namespace {

using base::Code;
using base::fail;

Result<bool> is_old(runtime::Disk& disk, const runtime::path& at, base::WallTime now) {
  const auto status = TRY(disk.status(at));
  return status.modified.unix_seconds + Limits::orphan_age.count() < now.unix_seconds;
}

// Folders of transactions whose process is dead: their locks are free.
Result<void> sweep_transactions(Store& store, base::WallTime now, SweepReport& report) {
  runtime::Disk& disk = store.disk();
  const auto transactions = disk.list(store.layout().tmp());
  if (!transactions && transactions.error().code == Code::not_found) return {};
  for (const auto& entry : TRY(transactions)) {
    const runtime::path at = store.layout().tmp() / entry.name;
    if (entry.kind != runtime::FileKind::folder) continue;
    const auto old = is_old(disk, at, now);
    if (!old || !*old) continue;  // one that ends just now is gone
    const auto lock = disk.lock(at / "lock", std::chrono::milliseconds(0));
    if (!lock) continue;
    for (const auto& file : TRY(disk.list(at))) {
      const auto status = disk.status(at / file.name);
      if (file.name == "lock" || !status) continue;
      report.bytes_freed += status->size_bytes;
      ++report.files_removed;
    }
    TRY(disk.remove_tree(at));
  }
  return {};
}

Result<void> sweep_orphans(Store& store, base::WallTime now, SweepReport& report) {
  runtime::Disk& disk = store.disk();
  const BlobFileVisitor visitor{[&](const BlobId& id, const runtime::path& file) -> Result<void> {
                                  const auto place = TRY(store.index().blob(id));
                                  // A damaged file that is marked missing stays: half a photograph
                                  // is better than none.
                                  if (place && place->where != Where::pack) return {};
                                  if (!TRY(is_old(disk, file, now))) return {};
                                  report.bytes_freed += TRY(disk.status(file)).size_bytes;
                                  ++report.files_removed;
                                  return disk.remove(file);
                                },
                                [](const runtime::path&) {}};
  return each_blob_file(disk, store.layout(), visitor);
}

// Whether what looks like an orphan may be what is left of a tessera: listed by a MANIFEST that
// cannot be read, or named by a record that was lost.
Result<bool> may_hide_tesserae(Store& store) {
  if (TRY(store.index().has_lost_records())) return true;
  return std::ranges::any_of(TRY(store.index().tesserae()),
                             [](const TesseraInfo& info) { return !info.is_readable; });
}

}  // namespace

Result<void> remove(Store& store, const ContentHash& content_hash, base::WallTime now) {
  const auto lock = TRY(store.lock_for_writing());
  if (!TRY(store.index().tessera(content_hash))) {
    TRY(store.index().check_tesserae());
    return fail(Code::not_found, "the vault has no tessera {}", content_hash.hex());
  }
  const std::vector<PlacedBlob> alone = TRY(store.index().blobs_only_of(content_hash));

  PackWriter pack = TRY(PackWriter::begin(store));
  Change change;
  change.removed = {content_hash};
  for (const PlacedBlob& blob : alone) change.forgotten.push_back(blob.id);
  const auto write = [&]() -> Result<void> {
    TRY(pack.append_commit(removed_record({content_hash, now.unix_seconds})));
    TRY(pack.sync());
    const std::array<runtime::path, 1> folder{store.layout().packs()};
    if (pack.is_new()) TRY(store.disk().sync(folder));
    change.packs = {pack.committed()};
    return store.index().apply(change);
  };
  auto done = write();
  if (!done) {
    pack.undo();
    return done;
  }
  // It is removed by now. A file that stays is an orphan, and a sweep's.
  for (const PlacedBlob& blob : alone)
    if (blob.place.where != Where::pack) (void)store.disk().remove(store.layout().blob(blob.id));
  return {};
}

Result<SweepReport> sweep(Store& store, base::WallTime now) {
  const auto lock = TRY(store.lock_for_writing());
  SweepReport report;
  TRY(sweep_transactions(store, now, report));
  if (!TRY(may_hide_tesserae(store))) {
    TRY(sweep_orphans(store, now, report));
    TRY(repack(store, report));
  }
  Change change;
  change.swept_at = now.unix_seconds;
  TRY(store.index().apply(change));
  return report;
}

Result<void> sweep_if_due(Store& store, base::WallTime now) {
  const auto last = TRY(store.index().swept_at());
  const std::int64_t pause = Limits::sweep_pause.count();
  // A time in the future was a wrong clock's.
  const bool is_due =
      !last || now.unix_seconds >= *last + pause || now.unix_seconds < *last - pause;
  if (is_due) TRY(sweep(store, now));
  return {};
}

}  // namespace tesseras::vault
