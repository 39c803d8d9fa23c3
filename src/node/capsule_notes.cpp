#include "node/capsule_notes.hpp"

#include <algorithm>
#include <utility>

#include "foundation/wire/message_pack.hpp"
#include "foundation/wire/note.hpp"
#include "preserve/release/deposit.hpp"
#include "preserve/release/limits.hpp"
#include "preserve/sealing/limits.hpp"

namespace tesseras::node {
namespace {

using base::ByteSpan;
using base::Code;
using base::ContentHash;
using base::fail;
using base::Result;
using wire::ArrayWriter;
using wire::MapView;
using wire::MapWriter;

constexpr wire::NoteKind kind{"TESSCAP", 1, "the note of a sealed tessera"};
// The last second of the year 9999.
constexpr std::int64_t seconds_max = 253'402'300'799;
constexpr std::size_t note_bytes_max = wire::Limits::message_bytes_max + wire::note_frame_bytes;

Result<base::Bytes> encode(const Capsule& capsule) {
  auto map = TRY(wire::pack_map([&](MapWriter& out) {
    if (capsule.key) out.bytes("key", capsule.key->span());
    out.bytes("manifest", base::as_bytes(capsule.manifest->text()));
    out.bytes("signature", capsule.signature.bytes);
    out.list("told", capsule.told, [](ArrayWriter& list, const auto& one) {
      list.map([&](MapWriter& entry) {
        // What a clock has said that is far from right is not known.
        const auto given = std::clamp<std::int64_t>(one.second.given_seconds, 0, seconds_max);
        entry.number("given", static_cast<std::uint64_t>(given));
        entry.boolean("has", one.second.has);
        entry.bytes("node", one.first.bytes);
      });
    });
    out.bytes("witnesses", capsule.witnesses);
  }));
  auto note = wire::seal_note(kind, map);
  crypto::cleanse(map);
  return note;
}

Result<std::pair<dht::NodeId, Capsule::Witness>> read_told(wire::Value value) {
  const MapView map = TRY(value.map());
  Capsule::Witness witness;
  // Earlier releases did not write it.
  if (map.has("given"))
    witness.given_seconds = static_cast<std::int64_t>(TRY(map.number("given", seconds_max)));
  witness.has = TRY(map.boolean("has"));
  return std::pair(TRY(map.id<dht::NodeId>("node")), witness);
}

Result<Capsule> decode(ByteSpan bytes) {
  const MapView map = TRY(wire::unpack_map(TRY(wire::open_note(kind, bytes))));
  Capsule capsule;
  if (map.has("key")) {
    const auto key = TRY(map.bytes_exactly("key", sealing::ContentKey::size_bytes));
    capsule.key = std::make_shared<const sealing::ContentKey>(sealing::ContentKey::copy_of(key));
  }
  std::string manifest(
      base::as_text(TRY(map.bytes("manifest", release::Limits::manifest_bytes_max))));
  auto parsed = release::encrypted_manifest(std::move(manifest));
  if (!parsed) return fail(Code::corrupt, "{}", parsed.error().message);
  if (!parsed->header().open_after) return fail(Code::corrupt, "it is not of a sealed tessera");
  capsule.manifest = std::make_shared<const tessera::Manifest>(*std::move(parsed));
  // Nor this; its author publishes it once more.
  if (map.has("signature")) capsule.signature = TRY(map.id<crypto::Ed25519Signature>("signature"));
  const auto told = TRY(map.list("told", sealing::Limits::witnesses_max, read_told));
  capsule.told.insert(told.begin(), told.end());
  const auto witnesses = TRY(map.bytes("witnesses", release::Limits::witnesses_bytes_max));
  capsule.witnesses.assign(witnesses.begin(), witnesses.end());
  return capsule;
}

}  // namespace

Result<CapsuleNotes> CapsuleNotes::open(runtime::Disk& disk, runtime::path folder,
                                        const runtime::Log& log) {
  CapsuleNotes notes(TRY(runtime::NoteFolder::open(disk, std::move(folder))));
  const auto take = [&](const ContentHash& hash, ByteSpan bytes) -> Result<void> {
    auto capsule = TRY(decode(bytes));
    if (capsule.manifest->content_hash() != hash)
      return fail(Code::corrupt, "it is of another tessera");
    notes.all_.emplace(hash, std::move(capsule));
    return {};
  };
  TRY(notes.folder_.load<ContentHash>(
      note_bytes_max, take,
      "what is to be done for a sealed tessera cannot be read; publish it again", log));
  return notes;
}

Result<void> CapsuleNotes::set(const Capsule& capsule) {
  const auto& hash = capsule.manifest->content_hash();
  auto bytes = TRY(encode(capsule));
  const auto written = folder_.set(hash.hex(), bytes);
  crypto::cleanse(bytes);
  TRY(written);
  all_.insert_or_assign(hash, capsule);
  return {};
}

Result<void> CapsuleNotes::remove(const ContentHash& hash) {
  if (!all_.contains(hash)) return {};
  auto removed = folder_.remove(hash.hex());
  if (!removed && removed.error().code != Code::not_found) return removed;
  all_.erase(hash);
  return {};
}

}  // namespace tesseras::node
