#include <algorithm>
#include <limits>

#include "foundation/base/text.hpp"
#include "preserve/vault/blob_files.hpp"
#include "preserve/vault/index_home.hpp"
#include "preserve/vault/replay.hpp"
#include "preserve/vault/store.hpp"

namespace tesseras::vault {
namespace {

using base::Code;
using base::fail;

// So many blobs are remembered before they are handed to the index.
constexpr std::size_t blobs_a_flush = 50'000;

// What the index that was there before knew, as far as it could be read.
struct Former {
  bool is_sound = false;  // false: there was none, or not all of it can be believed
  bool has_lost_records = false;
  std::vector<PackState> packs;
  std::vector<TesseraInfo> tesserae;
};

Result<Former> read_former(IndexHome& indexes) {
  Former former;
  if (!indexes.exists()) return former;
  const auto index = indexes.open();
  // A newer release may have put things into packs that we would not carry over.
  if (!index && index.error().code == Code::unsupported) return fail(index.error());
  if (!index) return former;
  const auto packs = (*index)->packs();
  const auto tesserae = (*index)->tesserae();
  const auto has_lost_records = (*index)->has_lost_records();
  former.is_sound = (*index)->check() && packs && tesserae && has_lost_records;
  former.has_lost_records = has_lost_records.value_or(false);
  former.packs = packs.value_or(std::vector<PackState>{});
  former.tesserae = tesserae.value_or(std::vector<TesseraInfo>{});
  return former;
}

class Rebuild {
 public:
  Rebuild(runtime::Disk& disk, const Layout& layout, Index& index, Former former,
          runtime::Progress& progress, std::stop_token stop)
      : disk_(disk),
        layout_(layout),
        index_(index),
        former_(std::move(former)),
        progress_(progress),
        stop_(std::move(stop)),
        replay_(disk, layout, index) {}

  Result<RebuildReport> run() {
    is_any_lost_ = former_.has_lost_records;
    TRY(read_packs());
    TRY(read_files());
    miss_tesserae();
    progress_.stage("reading manifests", 0);
    report_.tesserae = TRY(replay_.finish(report_.problems));
    TRY(miss_claims());
    TRY(count_blobs());
    Change change;
    change.has_lost_records = is_any_lost_;
    TRY(index_.apply(change));
    return std::move(report_);
  }

 private:
  Result<void> read_packs() {
    std::vector<PackState> packs;
    std::uint64_t total = 0;
    for (const auto& entry : TRY(disk_.list(layout_.packs()))) {
      const auto number = pack_number(entry.name);
      if (!number) continue;
      const runtime::path at = layout_.pack(*number);
      // What it holds may be safe elsewhere, so nothing is concluded from its absence.
      if (entry.kind != runtime::FileKind::file)
        return fail(Code::corrupt, "{} is no plain file; put the pack itself there",
                    base::to_printable(at.native()));
      packs.push_back({.number = *number, .committed_bytes = TRY(disk_.status(at)).size_bytes});
      total += packs.back().committed_bytes;
    }
    progress_.stage("reading packs", total);
    if (!packs.empty()) packs.back().committed_bytes = TRY(complete_bytes(packs.back().number));
    miss_packs(packs);
    for (PackState& pack : packs)
      if (pack.committed_bytes > 0) TRY(read_pack(pack));
    return {};
  }

  // Where the part of the last pack ends that stays. What a crashed writer left stands behind the
  // last commit record. It is no damage, and the next writer cuts it off: unless the former index
  // counted it as committed (see miss_packs), or there is none to ask. Then it may be all that is
  // left of a tessera whose record was lost.
  Result<std::uint64_t> complete_bytes(std::uint32_t number) {
    std::uint64_t end = 0;
    const PackVisitor visitor{[&](const PackRecord& record) -> Result<void> {
                                if (record.kind != RecordKind::blob || !former_.is_sound)
                                  end = record.end();
                                return stopped();
                              },
                              [](const PackDamage&) {}};
    auto file = TRY(disk_.open_read(layout_.pack(number)));
    auto done = scan_pack(*file, 0, std::numeric_limits<std::uint64_t>::max(), visitor);
    // A pack that cannot be read through is all kept, so that nothing of it is cut off.
    if (!done && done.error().code == Code::io) return TRY(file->status()).size_bytes;
    TRY(std::move(done));
    return end;
  }

  // What the former index counted stays counted, also where it is gone: nothing of it is cut off,
  // and no other pack gets the number, so that it can be put back from a copy.
  void miss_packs(std::vector<PackState>& packs) {
    for (const PackState& known : former_.packs) {
      if (known.is_condemned) continue;
      const auto status = disk_.status(layout_.pack(known.number));
      if (!status) {
        problem("pack {} is missing; put it back from a copy", known.number);
        replay_.take_pack(known);
      } else if (status->size_bytes < known.committed_bytes) {
        problem("pack {} has {} bytes left of {}; put it back from a copy", known.number,
                status->size_bytes, known.committed_bytes);
      }
      if (!former_.is_sound && (!status || status->size_bytes < known.committed_bytes))
        is_any_lost_ = true;
      const auto pack = std::ranges::find(packs, known.number, &PackState::number);
      if (pack != packs.end())
        pack->committed_bytes = std::max(pack->committed_bytes, known.committed_bytes);
    }
  }

  // A tessera whose record went with a pack: what looks like an orphan may be its.
  void miss_tesserae() {
    for (const TesseraInfo& info : former_.tesserae) {
      if (replay_.names(info.content_hash)) continue;
      report_.problems.push_back(
          {fmt::format("tessera {}: no pack says any more that it is kept; import it again from "
                       "another copy",
                       info.content_hash.hex()),
           {},
           {info.content_hash}});
      is_any_lost_ = true;
    }
  }

  // Where no sound index was there to ask, a file that no tessera lists may be of one that nothing
  // names any more.
  Result<void> miss_claims() {
    if (former_.is_sound) return {};
    std::uint64_t unclaimed = 0;
    const BlobFileVisitor visitor{[&](const BlobId& id, const runtime::path&) -> Result<void> {
                                    if (!TRY(index_.blob(id))) ++unclaimed;
                                    return {};
                                  },
                                  [](const runtime::path&) {}};
    TRY(each_blob_file(disk_, layout_, visitor));
    if (unclaimed == 0) return {};
    problem(
        "{} files belong to no tessera that is known; they are kept, since they may be what is "
        "left of one",
        unclaimed);
    is_any_lost_ = true;
    return {};
  }

  Result<void> read_pack(PackState& pack) {
    std::uint64_t unclaimed_bytes = 0;  // behind the last commit record
    const PackVisitor visitor{[&](const PackRecord& record) -> Result<void> {
                                TRY(stopped());
                                const std::uint64_t size_bytes = record.end() - record.offset;
                                progress_.advance(size_bytes);
                                unclaimed_bytes += size_bytes;
                                if (record.kind != RecordKind::blob) {
                                  unclaimed_bytes = 0;
                                  pack.commit_record_bytes += size_bytes;
                                }
                                if (auto taken = replay_.take(pack.number, record); !taken)
                                  problem("pack {}: {}", pack.number, taken.error().message);
                                return flush_now_and_then();
                              },
                              [&](const PackDamage& damage) {
                                problem("pack {}: {} bytes at {} were skipped: {}", pack.number,
                                        damage.size_bytes, damage.offset, damage.why);
                                if (damage.may_hide_commit) is_any_lost_ = true;
                              }};
    auto file = TRY(disk_.open_read(layout_.pack(pack.number)));
    auto done = scan_pack(*file, 0, pack.committed_bytes, visitor);
    // What the medium does not give is lost; the rest of the vault is not.
    if (!done && done.error().code == Code::io) {
      problem("pack {}: {}", pack.number, done.error().message);
      is_any_lost_ = true;
    } else {
      TRY(std::move(done));
    }
    if (unclaimed_bytes > 0 && !former_.is_sound) {
      problem(
          "pack {}: its last {} bytes belong to no tessera that is known; they are kept, since "
          "they may be what is left of one",
          pack.number, unclaimed_bytes);
      is_any_lost_ = true;
    }
    replay_.take_pack(pack);
    return {};
  }

  Result<void> read_files() {
    progress_.stage("listing blobs", 0);
    const BlobFileVisitor visitor{[&](const BlobId& id, const runtime::path& file) -> Result<void> {
                                    TRY(stopped());
                                    TRY(replay_.take_file(id, TRY(disk_.status(file)).size_bytes));
                                    return flush_now_and_then();
                                  },
                                  [&](const runtime::path& stray) {
                                    problem("{} is no blob and was left alone",
                                            base::to_printable(stray.native()));
                                  }};
    return each_blob_file(disk_, layout_, visitor);
  }

  Result<void> count_blobs() {
    std::optional<BlobId> after;
    for (;;) {
      const auto page = TRY(index_.blobs(after, blobs_a_flush));
      if (page.empty()) return {};
      for (const PlacedBlob& blob : page)
        if (blob.place.where != Where::missing) ++report_.blobs;
      after = page.back().id;
    }
  }

  Result<void> flush_now_and_then() {
    if (++taken_ % blobs_a_flush != 0) return {};
    return replay_.flush();
  }

  Result<void> stopped() const {
    if (stop_.stop_requested())
      return fail(Code::cancelled, "stopped as asked; the index is as it was");
    return {};
  }

  template <class... Args>
  void problem(fmt::format_string<Args...> format, Args&&... args) {
    report_.problems.push_back({fmt::format(format, std::forward<Args>(args)...), {}, {}});
  }

  runtime::Disk& disk_;
  const Layout& layout_;
  Index& index_;
  Former former_;
  runtime::Progress& progress_;
  std::stop_token stop_;
  Replay replay_;
  RebuildReport report_;
  bool is_any_lost_ = false;  // perhaps commit records
  std::uint64_t taken_ = 0;
};

}  // namespace

Result<RebuildReport> Vault::rebuild(runtime::Disk& disk, const runtime::path& data_dir,
                                     IndexHome& indexes, runtime::Progress& progress,
                                     std::stop_token stop) {
  const Layout layout(data_dir);
  // Only packs say what is kept: without them everything that an index still knows were lost.
  if (!disk.status(layout.packs()))
    return fail(Code::not_found,
                "there is no folder {}, so nothing to rebuild from; put it back from a copy",
                base::to_printable(layout.packs().native()));
  TRY(require_packs(disk, layout));
  const auto lock = TRY(lock_vault(disk, layout, Limits::lock_patience));
  Former former = TRY(read_former(indexes));
  auto fresh = TRY(indexes.begin_anew());
  auto report =
      TRY(Rebuild(disk, layout, *fresh, std::move(former), progress, std::move(stop)).run());
  fresh.reset();
  TRY(indexes.replace_with_new());
  return report;
}

}  // namespace tesseras::vault
