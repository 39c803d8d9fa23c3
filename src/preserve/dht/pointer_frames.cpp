#include "preserve/dht/pointer_frames.hpp"

#include <algorithm>
#include <utility>

#include "foundation/base/assert.hpp"
#include "foundation/wire/reader.hpp"

namespace tesseras::dht {
namespace {

using base::Bytes;
using base::ByteSpan;
using base::Code;
using base::fail;
using base::Result;

// On disk: never changed.
constexpr std::uint8_t entry_kind = 1;
constexpr std::uint8_t group_kind = 2;

constexpr std::size_t endpoint_bytes_max = 18;

void append(Bytes& bytes, ByteSpan more) { bytes.insert(bytes.end(), more.begin(), more.end()); }

void append_le(Bytes& bytes, std::uint64_t value, std::size_t size_bytes) {
  for (std::size_t i = 0; i < size_bytes; ++i)
    bytes.push_back(static_cast<std::byte>(value >> (8 * i)));
}

void append(Bytes& bytes, const PointerEntry& entry) {
  append_le(bytes, static_cast<std::uint64_t>(entry.received), 8);
  append_le(bytes, static_cast<std::uint64_t>(entry.expires), 8);
  const Bytes from = encode(entry.from);
  append_le(bytes, from.size(), 1);
  append(bytes, from);
  ASSERT(entry.record.size() <= Limits::holder_record_bytes_max);
  append_le(bytes, entry.record.size(), 2);
  append(bytes, entry.record);
}

struct RawEntry {
  std::int64_t received = 0;
  std::int64_t expires = 0;
  Endpoint from;
  ByteSpan record;
};

Result<RawEntry> read_raw_entry(wire::Reader& reader) {
  RawEntry entry;
  entry.received = static_cast<std::int64_t>(TRY(reader.u64_le()));
  entry.expires = static_cast<std::int64_t>(TRY(reader.u64_le()));
  entry.from = TRY(decode_endpoint(TRY(reader.prefixed_u8(endpoint_bytes_max))));
  entry.record = TRY(reader.prefixed_u16_le(Limits::holder_record_bytes_max));
  // Also keeps the difference from overflowing.
  if (entry.received < 0 || entry.expires < entry.received ||
      entry.expires - entry.received > Limits::ttl_max.count()) {
    return fail(Code::corrupt, "a record kept from {} to {}", entry.received, entry.expires);
  }
  return entry;
}

Result<PointerEntry> read_entry(wire::Reader& reader, const Key& key) {
  const RawEntry raw = TRY(read_raw_entry(reader));
  const HolderRecord record = TRY(decode_holder_record(raw.record));
  if (record.key != key) return fail(Code::corrupt, "a record of another key");
  return make_entry(record, raw.record, raw.from, raw.received, raw.expires - raw.received);
}

Result<std::size_t> read_count(wire::Reader& reader) {
  const std::size_t count = TRY(reader.u8());
  if (count > Limits::entries_per_key)
    return fail(Code::corrupt, "{} entries under a key; {} are allowed", count,
                Limits::entries_per_key);
  return count;
}

Result<PointerJournal::Place> read_place(wire::Reader& reader) {
  PointerJournal::Place place;
  place.segment = TRY(reader.u32_le());
  place.offset = TRY(reader.u32_le());
  return place;
}

Result<bool> read_is_group(wire::Reader& reader) {
  const std::uint8_t kind = TRY(reader.u8());
  if (kind != entry_kind && kind != group_kind)
    return fail(Code::corrupt, "a frame of kind {}", kind);
  return kind == group_kind;
}

Result<PointerFrame> read_group(wire::Reader& reader) {
  GroupFrame frame;
  frame.key = TRY(reader.id<Key>());
  const std::size_t count = TRY(read_count(reader));
  for (std::size_t i = 0; i < count; ++i)
    frame.entries.push_back(TRY(read_entry(reader, frame.key)));
  return frame;
}

Result<PointerFrame> read_one(wire::Reader& reader) {
  EntryFrame frame;
  frame.key = TRY(reader.id<Key>());
  frame.previous = TRY(read_place(reader));
  frame.entry = TRY(read_entry(reader, frame.key));
  return frame;
}

}  // namespace

Bytes encode(const EntryFrame& frame) {
  Bytes bytes;
  append_le(bytes, entry_kind, 1);
  append(bytes, frame.key.bytes);
  append_le(bytes, frame.previous.segment, 4);
  append_le(bytes, frame.previous.offset, 4);
  append(bytes, frame.entry);
  return bytes;
}

Bytes encode(const GroupFrame& frame) {
  ASSERT(frame.entries.size() <= Limits::entries_per_key);
  Bytes bytes;
  append_le(bytes, group_kind, 1);
  append(bytes, frame.key.bytes);
  append_le(bytes, frame.entries.size(), 1);
  for (const PointerEntry& entry : frame.entries) append(bytes, entry);
  ASSERT(bytes.size() <= Limits::journal_payload_bytes_max);
  return bytes;
}

Result<PointerFrame> decode_pointer_frame(ByteSpan payload) {
  wire::Reader reader(payload);
  const bool is_group = TRY(read_is_group(reader));
  PointerFrame frame = is_group ? TRY(read_group(reader)) : TRY(read_one(reader));
  TRY(reader.expect_end());
  return frame;
}

Result<FrameSummary> summarize_pointer_frame(ByteSpan payload) {
  wire::Reader reader(payload);
  FrameSummary summary;
  summary.is_group = TRY(read_is_group(reader));
  summary.key = TRY(reader.id<Key>());
  if (!summary.is_group) summary.previous = TRY(read_place(reader));
  const std::size_t count = summary.is_group ? TRY(read_count(reader)) : 1;
  summary.is_empty = count == 0;
  for (std::size_t i = 0; i < count; ++i) {
    const RawEntry raw = TRY(read_raw_entry(reader));
    if (i == 0) summary.oldest_from = raw.from;
    summary.last_expiry = std::max(summary.last_expiry, raw.expires);
  }
  TRY(reader.expect_end());
  return summary;
}

}  // namespace tesseras::dht
