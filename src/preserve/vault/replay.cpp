#include "preserve/vault/replay.hpp"

#include <algorithm>
#include <set>

#include "preserve/vault/describe.hpp"
#include "preserve/vault/limits.hpp"
#include "preserve/vault/store.hpp"

namespace tesseras::vault {

using base::Code;

Result<void> Replay::take(std::uint32_t pack, const PackRecord& record) {
  switch (record.kind) {
    case RecordKind::blob:
      // A blob that was removed, put again or carried into another pack is where it was last.
      pending_[record.payload_hash] = {record.payload.size(), Where::pack, pack, record.offset};
      return {};
    case RecordKind::kept:
      for (const KeptEntry& entry : TRY(decode_kept(record.payload)))
        last_word_[entry.content_hash] = entry;
      return {};
    case RecordKind::removed:
      last_word_[TRY(decode_removed(record.payload)).content_hash] = std::nullopt;
      return {};
    case RecordKind::complete: return {};
  }
  return {};
}

Result<void> Replay::take_file(const BlobId& id, std::uint64_t size_bytes) {
  const auto known = TRY(place_of(id));
  if (!known || known->where == Where::missing) pending_[id] = {size_bytes, Where::file, 0, 0};
  return {};
}

Result<void> Replay::flush() {
  for (const auto& [id, place] : pending_) change_.blobs.push_back({id, place});
  pending_.clear();
  TRY(index_.apply(change_));
  change_ = {};
  return {};
}

Result<std::optional<BlobPlace>> Replay::place_of(const BlobId& id) {
  const auto found = pending_.find(id);
  if (found != pending_.end()) return found->second;
  const auto known = TRY(index_.blob(id));
  if (known && known->where != Where::missing) return known;
  // A crashed writer had large blobs in their places before it wrote of them.
  const auto status = disk_.status(layout_.blob(id));
  if (!status || status->kind != runtime::FileKind::file) return known;
  const BlobPlace place{status->size_bytes, Where::file, 0, 0};
  pending_[id] = place;
  return place;
}

Result<std::uint64_t> Replay::finish(std::vector<Problem>& problems) {
  std::uint64_t kept = 0;
  for (const auto& [content_hash, entry] : last_word_) {
    const auto known = TRY(index_.tessera(content_hash));
    if (!entry) {
      if (known) change_.removed.push_back(content_hash);
      continue;
    }
    if (known && known->is_readable) continue;
    change_.tesserae.push_back(TRY(describe_kept(*entry, problems)));
    ++kept;
  }
  TRY(forget_unlisted());
  TRY(flush());
  return kept;
}

Result<IndexedTessera> Replay::describe_kept(const KeptEntry& entry,
                                             std::vector<Problem>& problems) {
  const auto unreadable = [&](std::string_view why) -> Result<IndexedTessera> {
    IndexedTessera tessera = describe_unreadable(entry);
    problems.push_back({fmt::format("the MANIFEST of tessera {} cannot be read ({}); import the "
                                    "tessera again from another copy",
                                    entry.content_hash.hex(), why),
                        tessera.info.manifest(),
                        {entry.content_hash}});
    TRY(note_missing(tessera, {}, problems));
    return tessera;
  };
  const BlobId manifest_id{entry.content_hash.bytes};
  const auto place = TRY(place_of(manifest_id));
  if (!place || place->where == Where::missing) return unreadable("it is missing");
  if (place->size_bytes > Limits::manifest_bytes_max) return unreadable("it is too large");
  auto reader = open_at(disk_, layout_, {manifest_id, *place});
  auto bytes = reader ? read_all(*reader) : Result<base::Bytes>(base::fail(reader.error()));
  if (!bytes) return unreadable(bytes.error().message);
  auto manifest = tessera::Manifest::parse(std::string(base::as_text(*bytes)));
  if (!manifest) return unreadable(manifest.error().message);

  std::uint64_t signature_bytes = 0;
  for (const BlobId& id : {entry.signature_ed25519, entry.signature_mldsa65}) {
    const auto signature = TRY(place_of(id));
    if (signature) signature_bytes += signature->size_bytes;
  }
  IndexedTessera tessera = describe(*manifest, entry, signature_bytes);
  std::map<BlobId, std::uint64_t> sizes;
  for (const tessera::ManifestEntry& file : manifest->entries())
    sizes.emplace(BlobId{file.blake3.bytes}, file.size_bytes);
  TRY(note_missing(tessera, sizes, problems));
  return tessera;
}

Result<void> Replay::note_missing(IndexedTessera& tessera,
                                  const std::map<BlobId, std::uint64_t>& sizes,
                                  std::vector<Problem>& problems) {
  for (const BlobId& id : tessera.blobs) {
    const auto place = TRY(place_of(id));
    const auto size = sizes.find(id);
    const bool is_whole = place && place->where != Where::missing &&
                          (size == sizes.end() || size->second == place->size_bytes);
    if (is_whole) continue;
    if (!place) pending_[id] = {size == sizes.end() ? 0 : size->second, Where::missing, 0, 0};
    if (id == tessera.info.manifest()) continue;  // said already
    problems.push_back({fmt::format("blob {} {}", id.hex(),
                                    place && place->where != Where::missing
                                        ? "does not have the size that MANIFEST says"
                                        : "is missing"),
                        id,
                        {tessera.info.content_hash}});
  }
  return {};
}

// After this change no blob may be left that no tessera lists: its bytes in a pack are dead, its
// file is an orphan.
Result<void> Replay::forget_unlisted() {
  std::set<BlobId> listed;
  for (const IndexedTessera& tessera : change_.tesserae)
    listed.insert(tessera.blobs.begin(), tessera.blobs.end());
  std::set<ContentHash> removed(change_.removed.begin(), change_.removed.end());
  const auto is_listed = [&](const BlobId& id) -> Result<bool> {
    if (listed.contains(id)) return true;
    for (const ContentHash& by : TRY(index_.tesserae_with(id)))
      if (!removed.contains(by)) return true;
    return false;
  };
  for (auto at = pending_.begin(); at != pending_.end();)
    at = TRY(is_listed(at->first)) ? std::next(at) : pending_.erase(at);
  std::set<BlobId> known;
  for (const PlacedBlob& blob : TRY(index_.unlisted_blobs())) known.insert(blob.id);
  for (const ContentHash& content_hash : change_.removed)
    for (const PlacedBlob& blob : TRY(index_.blobs_of(content_hash))) known.insert(blob.id);
  for (const BlobId& id : known)
    if (!TRY(is_listed(id))) change_.forgotten.push_back(id);
  return {};
}

}  // namespace tesseras::vault
