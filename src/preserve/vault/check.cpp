#include "preserve/vault/check.hpp"

#include <algorithm>
#include <map>

#include "foundation/base/text.hpp"
#include "preserve/vault/blob_files.hpp"
#include "preserve/vault/describe.hpp"
#include "preserve/vault/pack_scan.hpp"

namespace tesseras::vault {
namespace {

using base::Code;
using base::fail;

constexpr std::size_t blobs_a_page = 10'000;

class Check {
 public:
  Check(Store& store, runtime::Progress& progress, std::stop_token stop)
      : store_(store), progress_(progress), stop_(std::move(stop)) {}

  Result<CheckReport> run() {
    TRY(store_.index().check());
    // Else all that it held would be marked as missing, also while its disk is merely not there.
    TRY(require_packs(store_.disk(), store_.layout()));
    progress_.stage("checking blobs", TRY(total_bytes()));
    TRY(check_files());
    for (const PackState& pack : TRY(store_.index().packs()))
      if (!pack.is_condemned) TRY(check_pack(pack));
    TRY(report_marked());
    TRY(check_tesserae());
    TRY(count_orphans());
    TRY(settle_marks());
    return std::move(report_);
  }

 private:
  Result<void> stopped() const {
    if (stop_.stop_requested()) return fail(Code::cancelled, "the check was stopped as asked");
    return {};
  }

  // Calls `visit` with every blob of the index, a page at a time.
  template <class Visit>
  Result<void> each_blob(Visit visit) {
    std::optional<BlobId> after;
    for (;;) {
      const auto page = TRY(store_.index().blobs(after, blobs_a_page));
      if (page.empty()) return {};
      for (const PlacedBlob& blob : page) TRY(visit(blob));
      after = page.back().id;
    }
  }

  Result<std::uint64_t> total_bytes() {
    std::uint64_t total = 0;
    TRY(each_blob([&](const PlacedBlob& blob) -> Result<void> {
      if (blob.place.where != Where::missing) total += blob.place.size_bytes;
      return {};
    }));
    return total;
  }

  Result<void> check_files() {
    return each_blob([this](const PlacedBlob& blob) -> Result<void> {
      TRY(stopped());
      if (blob.place.where == Where::pack) return {};
      ++report_.blobs;
      return blob.place.where == Where::missing ? check_marked(blob) : check_file(blob);
    });
  }

  Result<void> check_file(const PlacedBlob& blob) {
    auto reader = open_at(store_.disk(), store_.layout(), blob);
    if (!reader) return damaged_unless_denied(blob, reader.error());
    const auto is_whole = read_through(*reader);
    if (!is_whole) return damaged_unless_denied(blob, is_whole.error());
    if (!*is_whole) return damaged(blob, "is damaged: its bytes are not those of its name", true);
    return {};
  }

  Result<bool> read_through(BlobReader& reader) {
    reader.drop_cached();
    return has_its_name(reader, [this](base::ByteSpan bytes) {
      progress_.advance(bytes.size());
      report_.bytes += bytes.size();
      return stopped();
    });
  }

  // The mark may be older than what lies there now: a copy put back, a fault that has passed.
  Result<void> check_marked(const PlacedBlob& blob) {
    const auto status = store_.disk().status(store_.layout().blob(blob.id));
    if (status) {
      const BlobPlace here{status->size_bytes, Where::file, 0, 0};
      auto reader = open_at(store_.disk(), store_.layout(), {blob.id, here});
      const bool is_whole = reader && read_through(*reader).value_or(false);
      TRY(stopped());
      if (is_whole) {
        moves_.push_back({blob, here});
        return {};
      }
    }
    marked_.emplace(blob.id, blob);
    return {};
  }

  Result<void> report_marked() {
    for (const auto& [id, blob] : marked_)
      TRY(damaged(blob, "is missing or was found damaged before", false));
    return {};
  }

  Result<void> damaged_unless_denied(const PlacedBlob& blob, const base::Error& error) {
    switch (error.code) {
      case Code::not_found: return damaged(blob, "is missing", true);
      case Code::corrupt:
      case Code::invalid: return damaged(blob, "is damaged: " + error.message, true);
      // The medium may give it another time, so it is not given up.
      case Code::io: return damaged(blob, "cannot be read: " + error.message, false);
      default: return fail(error);
    }
  }

  Result<void> damaged(const PlacedBlob& blob, const std::string& why, bool is_certain) {
    // A writer may have moved or removed it since we asked.
    if (TRY(store_.index().blob(blob.id)) != blob.place) return {};
    auto tesserae = TRY(store_.index().tesserae_with(blob.id));
    std::string what = fmt::format("blob {} {}", blob.id.hex(), why);
    if (!tesserae.empty())
      what += fmt::format("; import tessera {}{} again from another copy", tesserae.front().hex(),
                          tesserae.size() > 1 ? " or another that lists it" : "");
    report_.problems.push_back({std::move(what), blob.id, std::move(tesserae)});
    if (is_certain) moves_.push_back({blob, {blob.place.size_bytes, Where::missing, 0, 0}});
    return {};
  }

  Result<void> check_pack(const PackState& pack) {
    std::map<std::uint64_t, PlacedBlob> expected;
    for (const PlacedBlob& blob : TRY(store_.index().blobs_in_pack(pack.number)))
      expected[blob.place.offset] = blob;
    report_.blobs += expected.size();
    auto file = store_.disk().open_read(store_.layout().pack(pack.number));
    if (!file && file.error().code != Code::not_found && file.error().code != Code::io &&
        file.error().code != Code::invalid)
      return fail(std::move(file).error());
    if (file) {
      (*file)->drop_cached();
      std::vector<PackDamage> damages;
      std::uint64_t commit_bytes = 0;
      const PackVisitor visitor{[&](const PackRecord& record) {
                                  if (record.kind != RecordKind::blob)
                                    commit_bytes += record.end() - record.offset;
                                  return check_record(pack.number, record, expected);
                                },
                                [&](const PackDamage& damage) { damages.push_back(damage); }};
      auto done = scan_pack(**file, 0, pack.committed_bytes, visitor);
      if (!done && done.error().code != Code::io) return done;
      if (!done) report_.problems.push_back({done.error().message, {}, {}});
      const bool has_all_commits =
          commit_bytes == pack.commit_record_bytes && !TRY(store_.index().has_lost_records());
      for (const PackDamage& damage : damages) note_damage(pack, damage, has_all_commits, expected);
      for (const auto& [offset, blob] : expected)
        TRY(damaged(blob, fmt::format("is damaged: pack {} does not have it any more", pack.number),
                    done.has_value()));
      return {};
    }
    for (const auto& [offset, blob] : expected)
      TRY(damaged(blob, fmt::format("cannot be read: {}", file.error().message),
                  file.error().code == Code::not_found));
    return {};
  }

  // `has_all_commits`: every commit record that was ever written to the pack was read.
  void note_damage(const PackState& pack, const PackDamage& damage, bool has_all_commits,
                   const std::map<std::uint64_t, PlacedBlob>& expected) {
    if (is_known_damage(damage, expected)) return;
    // Blobs that lie elsewhere by now, mended or dead, and nothing else: nobody needs the bytes.
    if (!damage.may_hide_commit || (has_all_commits && !damage.is_foreign)) {
      ++report_.orphans;
      return;
    }
    report_.problems.push_back({fmt::format("pack {}: {} at {} ({} bytes)", pack.number, damage.why,
                                            damage.offset, damage.size_bytes),
                                {},
                                {}});
  }

  // Named with its blob instead, when that blob is in use.
  static bool is_known_damage(const PackDamage& damage,
                              const std::map<std::uint64_t, PlacedBlob>& expected) {
    const auto at = expected.lower_bound(damage.offset);
    return at != expected.end() && at->first < damage.offset + damage.size_bytes;
  }

  Result<void> check_record(std::uint32_t pack, const PackRecord& record,
                            std::map<std::uint64_t, PlacedBlob>& expected) {
    TRY(stopped());
    progress_.advance(record.payload.size());
    report_.bytes += record.payload.size();
    switch (record.kind) {
      case RecordKind::blob: {
        const auto blob = expected.find(record.offset);
        if (blob != expected.end() && blob->second.id == record.payload_hash &&
            blob->second.place.size_bytes == record.payload.size())
          expected.erase(blob);
        if (const auto marked = marked_.extract(record.payload_hash))
          moves_.push_back(
              {marked.mapped(), {record.payload.size(), Where::pack, pack, record.offset}});
        return {};
      }
      case RecordKind::kept:
        for (const KeptEntry& entry : TRY(decode_kept(record.payload)))
          last_word_[entry.content_hash] = true;
        return {};
      case RecordKind::removed:
        last_word_[TRY(decode_removed(record.payload)).content_hash] = false;
        return {};
      case RecordKind::complete: return {};
    }
    return {};
  }

  // What the index says of each tessera, against its MANIFEST and the commit records.
  Result<void> check_tesserae() {
    progress_.stage("checking tesserae", 0);
    for (const TesseraInfo& info : TRY(store_.index().tesserae())) {
      TRY(stopped());
      ++report_.tesserae;
      const auto said = last_word_.find(info.content_hash);
      if (said == last_word_.end() || !said->second)
        TRY(tessera_problem(info,
                            "no pack says that it is kept, so a rebuild would lose it; "
                            "export it, remove it and import it again"));
      TRY(check_listing(info));
    }
    return {};
  }

  Result<void> check_listing(const TesseraInfo& info) {
    auto bytes = store_.read_blob(info.manifest(), Limits::manifest_bytes_max);
    // Its damage has been reported with the blob.
    if (!bytes) return {};
    const auto manifest = tessera::Manifest::parse(std::string(base::as_text(*bytes)));
    if (!manifest) return tessera_problem(info, manifest.error().message);
    const KeptEntry entry{info.content_hash, info.signature_ed25519, info.signature_mldsa65,
                          info.kept_at.unix_seconds};
    std::vector<BlobId> listed;
    for (const PlacedBlob& blob : TRY(store_.index().blobs_of(info.content_hash)))
      listed.push_back(blob.id);
    if (!info.is_readable || listed != describe(*manifest, entry, 0).blobs)
      TRY(tessera_problem(info,
                          "the index does not list what its MANIFEST does; run "
                          "`tes vault rebuild`"));
    return {};
  }

  Result<void> tessera_problem(const TesseraInfo& info, const std::string& why) {
    // One that was removed while we looked has no problem.
    if (!TRY(store_.index().tessera(info.content_hash))) return {};
    report_.problems.push_back(
        {fmt::format("tessera {}: {}", info.content_hash.hex(), why), {}, {info.content_hash}});
    return {};
  }

  Result<void> count_orphans() {
    const BlobFileVisitor visitor{
        [&](const BlobId& id, const runtime::path&) -> Result<void> {
          const auto place = TRY(store_.index().blob(id));
          if (!place || place->where == Where::pack) ++report_.orphans;
          return {};
        },
        [&](const runtime::path& stray) {
          report_.problems.push_back(
              {fmt::format("{} is no blob; move it elsewhere", base::to_printable(stray.native())),
               {},
               {}});
        }};
    TRY(each_blob_file(store_.disk(), store_.layout(), visitor));
    if (report_.orphans > 0 && TRY(store_.index().has_lost_records()))
      report_.problems.push_back(
          {fmt::format("{} blobs belong to no tessera that is known, and are kept because packs "
                       "were damaged when the index was rebuilt: they may be what is left of a "
                       "tessera",
                       report_.orphans),
           {},
           {}});
    return {};
  }

  // So that importing the tessera again puts the blob again, or needs not to any more. Where the
  // vault cannot be written now, the report alone has to do.
  Result<void> settle_marks() {
    if (moves_.empty()) return {};
    const auto lock = store_.lock_for_writing();
    if (!lock) return {};
    Change change;
    for (const Move& move : moves_)
      if (TRY(store_.index().blob(move.from.id)) == move.from.place)
        change.blobs.push_back({move.from.id, move.to});
    return store_.index().apply(change);
  }

  Store& store_;
  runtime::Progress& progress_;
  std::stop_token stop_;
  CheckReport report_;
  // What the index is to say of a blob from now on: missing, or found whole again.
  struct Move {
    PlacedBlob from;
    BlobPlace to;
  };
  std::vector<Move> moves_;
  std::map<BlobId, PlacedBlob> marked_;    // missing, and not found whole so far
  std::map<ContentHash, bool> last_word_;  // true: kept
};

}  // namespace

Result<CheckReport> check(Store& store, runtime::Progress& progress, std::stop_token stop) {
  return Check(store, progress, std::move(stop)).run();
}

}  // namespace tesseras::vault
