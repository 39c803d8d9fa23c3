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

class Rebuild {
 public:
  // `known_packs`: of the index that was there before, as far as it could be read.
  Rebuild(runtime::Disk& disk, const Layout& layout, Index& index,
          std::vector<PackState> known_packs, runtime::Progress& progress, std::stop_token stop)
      : disk_(disk),
        layout_(layout),
        index_(index),
        known_packs_(std::move(known_packs)),
        progress_(progress),
        stop_(std::move(stop)),
        replay_(disk, layout, index) {}

  Result<RebuildReport> run() {
    miss_packs();
    TRY(read_packs());
    TRY(read_files());
    progress_.stage("reading manifests", 0);
    report_.tesserae = TRY(replay_.finish(report_.problems));
    TRY(count_blobs());
    return std::move(report_);
  }

 private:
  // A pack that is gone took commit records with it: what looks like an orphan may be its.
  void miss_packs() {
    for (const PackState& pack : known_packs_) {
      if (pack.is_condemned || disk_.status(layout_.pack(pack.number))) continue;
      problem("pack {} is missing; put it back from a copy", pack.number);
      replay_.take_loss();
    }
  }

  Result<void> read_packs() {
    std::vector<PackState> packs;
    std::uint64_t total = 0;
    for (const auto& entry : TRY(disk_.list(layout_.packs()))) {
      const auto number = pack_number(entry.name);
      if (!number || entry.kind != runtime::FileKind::file) continue;
      packs.push_back({.number = *number,
                       .committed_bytes = TRY(disk_.status(layout_.pack(*number))).size_bytes});
      total += packs.back().committed_bytes;
    }
    progress_.stage("reading packs", total);
    // What a crashed writer left stands behind the last commit record of the last pack. It is no
    // damage, and the next writer cuts it off.
    if (!packs.empty()) packs.back().committed_bytes = TRY(complete_bytes(packs.back().number));
    for (PackState& pack : packs)
      if (pack.committed_bytes > 0) TRY(read_pack(pack));
    return {};
  }

  Result<std::uint64_t> complete_bytes(std::uint32_t number) {
    std::uint64_t end = 0;
    const PackVisitor visitor{[&](const PackRecord& record) -> Result<void> {
                                if (record.kind != RecordKind::blob) end = record.end();
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

  Result<void> read_pack(PackState& pack) {
    const PackVisitor visitor{[&](const PackRecord& record) -> Result<void> {
                                TRY(stopped());
                                progress_.advance(record.end() - record.offset);
                                if (record.kind != RecordKind::blob)
                                  pack.commit_record_bytes += record.end() - record.offset;
                                if (auto taken = replay_.take(pack.number, record); !taken)
                                  problem("pack {}: {}", pack.number, taken.error().message);
                                return flush_now_and_then();
                              },
                              [&](const PackDamage& damage) {
                                problem("pack {}: {} bytes at {} were skipped: {}", pack.number,
                                        damage.size_bytes, damage.offset, damage.why);
                                if (damage.may_hide_commit) replay_.take_loss();
                              }};
    auto file = TRY(disk_.open_read(layout_.pack(pack.number)));
    auto done = scan_pack(*file, 0, pack.committed_bytes, visitor);
    // What the medium does not give is lost; the rest of the vault is not.
    if (!done && done.error().code == Code::io) {
      problem("pack {}: {}", pack.number, done.error().message);
      replay_.take_loss();
    } else {
      TRY(std::move(done));
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
  std::vector<PackState> known_packs_;
  runtime::Progress& progress_;
  std::stop_token stop_;
  Replay replay_;
  RebuildReport report_;
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
  // A newer release may have put things into packs that we would not carry over.
  std::vector<PackState> known_packs;
  if (indexes.exists()) {
    auto present = indexes.open();
    if (!present && present.error().code == Code::unsupported) return fail(present.error());
    if (present) known_packs = (*present)->packs().value_or(std::vector<PackState>{});
  }
  const auto lock = TRY(lock_vault(disk, layout, Limits::lock_patience));
  auto fresh = TRY(indexes.begin_anew());
  auto report =
      TRY(Rebuild(disk, layout, *fresh, std::move(known_packs), progress, std::move(stop)).run());
  fresh.reset();
  TRY(indexes.replace_with_new());
  return report;
}

}  // namespace tesseras::vault
