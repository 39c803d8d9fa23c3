// Reads the records of a pack one after another, past whatever damage there is.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "foundation/base/result.hpp"
#include "foundation/runtime/disk.hpp"
#include "preserve/vault/record.hpp"

namespace tesseras::vault {

// An intact record. `payload` is borrowed until the callback returns.
struct PackRecord {
  RecordKind kind = RecordKind::blob;
  std::uint64_t offset = 0;
  base::BlobId payload_hash;
  base::ByteSpan payload;

  std::uint64_t end() const { return offset + record_header_size_bytes + payload.size(); }
};

// Bytes that are no intact record of a kind we know.
struct PackDamage {
  std::uint64_t offset = 0;
  std::uint64_t size_bytes = 0;
  // False when this is one record of a blob: then no commit record can be among the bytes.
  bool may_hide_commit = true;
  // A whole record, of a version or kind that we do not know: nobody's to drop.
  bool is_foreign = false;
  std::string why;
};

struct PackVisitor {
  // An error ends the scan and is what scan_pack returns.
  std::function<base::Result<void>(const PackRecord&)> record;
  std::function<void(const PackDamage&)> damage;
};

// From `begin_bytes`, where a record begins, to `end_bytes` or the end of the file, whichever is
// less. Damage is no error; errors are those of reading and of the visitor. Holds 2 MiB.
base::Result<void> scan_pack(runtime::File& pack, std::uint64_t begin_bytes,
                             std::uint64_t end_bytes, const PackVisitor& visitor);

}  // namespace tesseras::vault
