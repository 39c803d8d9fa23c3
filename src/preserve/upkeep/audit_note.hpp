// What audits have found about one peer, as bytes on disk (spec/audit.md, section 7). Pure.
#pragma once

#include "foundation/base/bytes.hpp"
#include "foundation/base/result.hpp"
#include "preserve/dht/node_id.hpp"
#include "preserve/upkeep/audit_record.hpp"

namespace tesseras::upkeep {

struct AuditNote {
  dht::NodePublicKey peer;
  AuditRecord::Known known;

  bool operator==(const AuditNote&) const = default;
};

// At most Limits::audit_note_bytes_max: of more fragments than Limits::audited_fragments_max, those
// that were proved longest ago are left out, and asked for as if they never had been.
base::Bytes encode(const AuditNote& note);
// corrupt: damaged, or none. unsupported: a later version's.
Result<AuditNote> decode_audit_note(base::ByteSpan bytes);

}  // namespace tesseras::upkeep
