#include "preserve/vault/record.hpp"

#include <algorithm>

#include "foundation/base/assert.hpp"
#include "foundation/crypto/blake3.hpp"
#include "foundation/wire/reader.hpp"
#include "foundation/wire/writer.hpp"
#include "preserve/vault/limits.hpp"

namespace tesseras::vault {
namespace {

using base::Bytes;
using base::ByteSpan;
using base::Code;
using base::Result;

constexpr std::size_t check_size_bytes = record_header_size_bytes - record_check_at;

// The first byte is no text and the last a line feed, so that a pack sent as text is noticed.
constexpr std::array<std::byte, record_magic_size_bytes> magic{
    std::byte{0x89}, std::byte{'T'}, std::byte{'E'}, std::byte{'S'},
    std::byte{'R'},  std::byte{'E'}, std::byte{'C'}, std::byte{'\n'}};

// Room was measured beforehand: a failure is our own mistake.
void must(const Result<void>& result) { ASSERT(result.has_value()); }

base::BlobId hash_of(ByteSpan bytes) { return base::BlobId{crypto::blake3(bytes).bytes}; }

Bytes record(RecordKind kind, ByteSpan payload, const base::BlobId& hash) {
  ASSERT(payload.size() <= Limits::payload_bytes_max);
  const auto header = encode({record_version, static_cast<std::uint8_t>(kind),
                              static_cast<std::uint32_t>(payload.size()), hash});
  Bytes whole;
  whole.reserve(header.size() + payload.size());
  whole.insert(whole.end(), header.begin(), header.end());
  whole.insert(whole.end(), payload.begin(), payload.end());
  return whole;
}

}  // namespace

ByteSpan record_magic() { return magic; }

std::array<std::byte, record_header_size_bytes> encode(const RecordHeader& header) {
  std::array<std::byte, record_header_size_bytes> bytes{};
  wire::Writer writer(bytes);
  must(writer.bytes(magic));
  must(writer.u8(header.version));
  must(writer.u8(header.kind));
  must(writer.u16_le(0));
  must(writer.u32_le(header.payload_size_bytes));
  must(writer.bytes(header.payload_hash.bytes));
  const base::BlobId check = hash_of(writer.written());
  must(writer.bytes(ByteSpan(check.bytes).first(check_size_bytes)));
  return bytes;
}

std::optional<RecordHeader> decode_header(ByteSpan bytes) {
  ASSERT(bytes.size() == record_header_size_bytes);
  // Nearly every byte that a scanner tries fails here, before anything is hashed.
  if (!std::ranges::equal(bytes.first(magic.size()), ByteSpan(magic))) return std::nullopt;
  const base::BlobId check = hash_of(bytes.first(record_check_at));
  if (!std::ranges::equal(bytes.subspan(record_check_at),
                          ByteSpan(check.bytes).first(check_size_bytes)))
    return std::nullopt;
  wire::Reader reader(bytes.subspan(magic.size()));
  RecordHeader header;
  header.version = reader.u8().value();
  header.kind = reader.u8().value();
  const std::uint16_t zero = reader.u16_le().value();
  header.payload_size_bytes = reader.u32_le().value();
  header.payload_hash = reader.id<base::BlobId>().value();
  if (header.version == record_version && zero != 0) return std::nullopt;
  if (header.payload_size_bytes > Limits::payload_bytes_max) return std::nullopt;
  return header;
}

bool may_be_commit_payload(std::size_t size_bytes) {
  return size_bytes % kept_entry_size_bytes == 0 || size_bytes == removed_entry_size_bytes;
}

Bytes blob_record(ByteSpan blob, const base::BlobId& id) {
  ASSERT(blob.size() <= Limits::small_blob_bytes_max);
  return record(RecordKind::blob, blob, id);
}

Bytes kept_record(std::span<const KeptEntry> entries) {
  ASSERT(!entries.empty());
  Bytes payload(entries.size() * kept_entry_size_bytes);
  wire::Writer writer(payload);
  for (const KeptEntry& entry : entries) {
    must(writer.bytes(entry.content_hash.bytes));
    must(writer.bytes(entry.signature_ed25519.bytes));
    must(writer.bytes(entry.signature_mldsa65.bytes));
    must(writer.u64_le(static_cast<std::uint64_t>(entry.kept_at)));
  }
  return record(RecordKind::kept, payload, hash_of(payload));
}

Bytes removed_record(const RemovedEntry& entry) {
  Bytes payload(removed_entry_size_bytes);
  wire::Writer writer(payload);
  must(writer.bytes(entry.content_hash.bytes));
  must(writer.u64_le(static_cast<std::uint64_t>(entry.removed_at)));
  return record(RecordKind::removed, payload, hash_of(payload));
}

Bytes complete_record() { return record(RecordKind::complete, {}, hash_of({})); }

Result<std::vector<KeptEntry>> decode_kept(ByteSpan payload) {
  if (payload.empty()) return base::fail(Code::corrupt, "a kept record without an entry");
  std::vector<KeptEntry> entries;
  entries.reserve(payload.size() / kept_entry_size_bytes);
  wire::Reader reader(payload);
  while (reader.remaining() > 0) {
    KeptEntry entry;
    entry.content_hash = TRY(reader.id<base::ContentHash>());
    entry.signature_ed25519 = TRY(reader.id<base::BlobId>());
    entry.signature_mldsa65 = TRY(reader.id<base::BlobId>());
    entry.kept_at = static_cast<std::int64_t>(TRY(reader.u64_le()));
    entries.push_back(entry);
  }
  return entries;
}

Result<RemovedEntry> decode_removed(ByteSpan payload) {
  wire::Reader reader(payload);
  RemovedEntry entry;
  entry.content_hash = TRY(reader.id<base::ContentHash>());
  entry.removed_at = static_cast<std::int64_t>(TRY(reader.u64_le()));
  TRY(reader.expect_end());
  return entry;
}

}  // namespace tesseras::vault
