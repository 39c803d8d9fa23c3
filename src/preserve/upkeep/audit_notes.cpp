#include "preserve/upkeep/audit_notes.hpp"

#include <vector>

#include "preserve/upkeep/audit_note.hpp"
#include "preserve/upkeep/limits.hpp"

namespace tesseras::upkeep {

using base::Code;
using base::fail;
using base::WallTime;
using dht::NodePublicKey;

namespace {

bool is_forgotten(const AuditRecord& record, WallTime now) {
  const auto last = record.last_asked();
  const auto age = std::chrono::seconds(now.unix_seconds - (last ? last->at.unix_seconds : 0));
  return age > record_memory;
}

template <class Convert>
AuditRecord::Known with_times(AuditRecord::Known known, const Convert& convert) {
  known.for_each_time([&](WallTime& time) { time = convert(time); });
  return known;
}

}  // namespace

Result<AuditNotes> AuditNotes::open(runtime::Disk& disk, runtime::path folder, const Tempo& tempo,
                                    WallTime now, const runtime::Log& log) {
  AuditNotes notes(TRY(runtime::NoteFolder::open(disk, std::move(folder))), tempo);
  now = tempo.stretched(now);
  std::vector<NodePublicKey> forgotten;
  const auto take = [&](const NodePublicKey& peer, base::ByteSpan bytes) -> Result<void> {
    auto note = TRY(decode_audit_note(bytes));
    if (note.peer != peer) return fail(Code::corrupt, "it is about another peer");
    const auto stretched = [&](WallTime time) { return tempo.stretched(time); };
    AuditRecord record(with_times(std::move(note.known), stretched), now);
    if (is_forgotten(record, now))
      forgotten.push_back(peer);
    else
      notes.found_.emplace(peer, std::move(record));
    return {};
  };
  TRY(notes.folder_.load<NodePublicKey>(
      Limits::audit_note_bytes_max, take,
      "what audits have found about a peer cannot be read; it is asked anew", log));
  for (const auto& peer : forgotten) TRY(notes.folder_.remove(peer.hex()));
  return notes;
}

Result<void> AuditNotes::set(const NodePublicKey& peer, const AuditRecord& record) {
  const auto real = [&](WallTime time) { return tempo_.real(time); };
  return folder_.set(peer.hex(), encode(AuditNote{peer, with_times(record.known(), real)}));
}

}  // namespace tesseras::upkeep
