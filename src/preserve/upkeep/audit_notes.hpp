// What audits have found about all peers, a note each, so that a node that is off every night
// still knows in the morning who is gone, and who has lied. For one thread; writing blocks for as
// long as a small file needs to reach the medium.
#pragma once

#include <map>
#include <utility>

#include "foundation/base/time.hpp"
#include "foundation/runtime/note_folder.hpp"
#include "preserve/dht/node_id.hpp"
#include "preserve/upkeep/audit_record.hpp"
#include "preserve/upkeep/tempo.hpp"

namespace tesseras::upkeep {

class AuditNotes {
 public:
  // `folder` (made when missing) belongs to nobody else; `disk` outlives it. Records have stretched
  // time, what is written down has real time, as `now` is. A file that is damaged goes, with a word
  // to the log, as does one about a peer that was not asked for record_memory. Errors of the disk.
  // unsupported: a later release wrote one.
  static Result<AuditNotes> open(runtime::Disk& disk, runtime::path folder, const Tempo& tempo,
                                 base::WallTime now, const runtime::Log& log);

  // What stood in them; once.
  std::map<dht::NodePublicKey, AuditRecord> take() { return std::exchange(found_, {}); }
  // On the medium when this returns. Errors as of NoteFolder::set.
  Result<void> set(const dht::NodePublicKey& peer, const AuditRecord& record);

 private:
  AuditNotes(runtime::NoteFolder folder, const Tempo& tempo)
      : folder_(std::move(folder)), tempo_(tempo) {}

  runtime::NoteFolder folder_;
  Tempo tempo_;
  std::map<dht::NodePublicKey, AuditRecord> found_;
};

}  // namespace tesseras::upkeep
