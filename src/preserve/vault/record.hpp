// The records that packs are made of (spec/vault.md, section 3). Pure.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "foundation/base/bytes.hpp"
#include "foundation/base/result.hpp"
#include "foundation/base/strong_id.hpp"

namespace tesseras::vault {

// DO NOT CHANGE THESE VALUES: they are on disks.
enum class RecordKind : std::uint8_t { blob = 1, kept = 2, removed = 3, complete = 4 };

inline constexpr std::uint8_t record_version = 1;
inline constexpr std::size_t record_magic_size_bytes = 8;
inline constexpr std::size_t record_header_size_bytes = 52;
inline constexpr std::size_t record_hash_at = 16;   // where the payload's hash begins,
inline constexpr std::size_t record_check_at = 48;  // and the checksum of all before it

// What every record begins with.
base::ByteSpan record_magic();

struct RecordHeader {
  std::uint8_t version = record_version;
  std::uint8_t kind = 0;  // as written; perhaps one that a later version added
  std::uint32_t payload_size_bytes = 0;
  base::BlobId payload_hash;

  bool operator==(const RecordHeader&) const = default;
};

std::array<std::byte, record_header_size_bytes> encode(const RecordHeader& header);
// nullopt: no valid header begins here. `bytes` has record_header_size_bytes.
std::optional<RecordHeader> decode_header(base::ByteSpan bytes);

// One tessera in a kept record.
struct KeptEntry {
  base::ContentHash content_hash;
  base::BlobId signature_ed25519;
  base::BlobId signature_mldsa65;
  std::int64_t kept_at = 0;

  bool operator==(const KeptEntry&) const = default;
};

inline constexpr std::size_t kept_entry_size_bytes = 104;

struct RemovedEntry {
  base::ContentHash content_hash;
  std::int64_t removed_at = 0;

  bool operator==(const RemovedEntry&) const = default;
};

inline constexpr std::size_t removed_entry_size_bytes = 40;

// Whether a kept or removed record can have a payload of this size.
bool may_be_commit_payload(std::size_t size_bytes);

// A whole record, header and payload.
base::Bytes blob_record(base::ByteSpan blob, const base::BlobId& id);
// `entries` are at least one, and fit in Limits::payload_bytes_max.
base::Bytes kept_record(std::span<const KeptEntry> entries);
base::Bytes removed_record(const RemovedEntry& entry);
base::Bytes complete_record();

// corrupt: not the payload of such a record
base::Result<std::vector<KeptEntry>> decode_kept(base::ByteSpan payload);
base::Result<RemovedEntry> decode_removed(base::ByteSpan payload);

}  // namespace tesseras::vault
