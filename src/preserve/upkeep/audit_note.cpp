#include "preserve/upkeep/audit_note.hpp"

#include <algorithm>
#include <utility>

#include "foundation/base/assert.hpp"
#include "foundation/wire/body.hpp"
#include "foundation/wire/message_pack.hpp"
#include "foundation/wire/note.hpp"
#include "foundation/wire/reader.hpp"
#include "foundation/wire/writer.hpp"
#include "preserve/upkeep/limits.hpp"

namespace tesseras::upkeep {

using base::ByteSpan;
using base::Code;
using base::fail;
using base::WallTime;
using wire::MapView;
using wire::MapWriter;

namespace {

constexpr wire::NoteKind kind{"TESSAUD", 1, "the note of what audits have found"};
constexpr std::uint64_t seconds_max = (std::uint64_t{1} << 62U) - 1;
// A plan's id, the fragment's number, the chunk that is owed, since when, and when one was proved.
constexpr std::size_t row_bytes = 32 + 1 + 8 + 8 + 8;
static_assert(wire::note_frame_bytes + sizeof(std::uint32_t) + wire::Limits::body_bytes_max +
                  Limits::audited_fragments_max * row_bytes <=
              Limits::audit_note_bytes_max);

using Row = std::pair<FragmentName, AuditedFragment>;

// 0 is no time.
std::uint64_t seconds_of(const std::optional<WallTime>& time) {
  return time ? static_cast<std::uint64_t>(std::max<std::int64_t>(time->unix_seconds, 1)) : 0;
}

Result<std::optional<WallTime>> time_of(std::uint64_t seconds) {
  if (seconds > seconds_max) return fail(Code::corrupt, "there is no time {}", seconds);
  if (seconds == 0) return std::optional<WallTime>();
  return WallTime{static_cast<std::int64_t>(seconds), 0};
}

void write_sample(MapWriter& map, const Sample& sample) {
  map.number("chunk", sample.challenge.chunk);
  map.bytes("content", sample.challenge.content_hash.bytes);
  map.number("fragment", sample.challenge.name.fragment);
  map.bytes("hash", sample.hash.bytes);
  map.bytes("plan", sample.challenge.name.plan.bytes);
  map.number("size", sample.size_bytes);
}

Result<Sample> read_sample(wire::Value value) {
  const MapView map = TRY(value.map());
  Sample sample;
  sample.challenge.chunk = TRY(map.number("chunk", Limits::chunk_end - 1));
  sample.challenge.content_hash = TRY(map.id<base::ContentHash>("content"));
  sample.challenge.name.fragment = TRY(map.number_to<std::uint8_t>("fragment"));
  sample.hash = TRY(map.id<crypto::Blake3Hash>("hash"));
  sample.challenge.name.plan = TRY(map.id<base::PlanId>("plan"));
  sample.size_bytes = TRY(map.number("size", Limits::chunk_end));
  return sample;
}

base::Bytes pack(const AuditNote& note) {
  const auto& known = note.known;
  return wire::pack_body([&](MapWriter& map) {
    if (known.absent_for)
      map.number("absent", static_cast<std::uint64_t>(known.absent_for->count()));
    map.list("asked", known.asked, [](wire::ArrayWriter& list, const Sample& sample) {
      list.map([&](MapWriter& one) { write_sample(one, sample); });
    });
    map.number("attempt", seconds_of(known.last_attempt));
    map.number("clean", known.clean_requests);
    map.number("clean_since", seconds_of(known.clean_since));
    map.number("directed", known.directed);
    map.number("doubted", seconds_of(known.doubted_since));
    map.number("failed", seconds_of(known.failed_at));
    map.number("lied", seconds_of(known.lied_at));
    map.bytes("peer", note.peer.bytes);
  });
}

Result<AuditNote> unpack(ByteSpan body) {
  const MapView map = TRY(wire::unpack_body(body));
  AuditNote note;
  auto& known = note.known;
  const auto time = [&](std::string_view key) -> Result<std::optional<WallTime>> {
    return time_of(TRY(map.number(key)));
  };
  if (map.has("absent"))
    known.absent_for =
        std::chrono::seconds(TRY(map.number("absent", std::chrono::seconds(absence_max).count())));
  known.asked = TRY(map.list("asked", Limits::challenges_max, read_sample));
  known.last_attempt = TRY(time("attempt"));
  known.clean_requests = TRY(map.number_to<std::uint32_t>("clean"));
  known.clean_since = TRY(time("clean_since"));
  known.directed = TRY(map.number("directed", known.asked.size()));
  known.doubted_since = TRY(time("doubted"));
  known.failed_at = TRY(time("failed"));
  known.lied_at = TRY(time("lied"));
  note.peer = TRY(map.id<dht::NodePublicKey>("peer"));
  return note;
}

// As many as fit: those that fail before all others, then those that were proved last. By name.
std::vector<Row> rows_of(const AuditRecord::Known& known) {
  std::vector<Row> rows(known.fragments.begin(), known.fragments.end());
  if (rows.size() <= Limits::audited_fragments_max) return rows;
  const auto end = rows.begin() + static_cast<std::ptrdiff_t>(Limits::audited_fragments_max);
  std::ranges::nth_element(rows, end, std::greater(), [](const Row& row) {
    return std::pair(row.second.failing_since.has_value(), row.second.last_proved);
  });
  rows.erase(end, rows.end());
  std::ranges::sort(rows, {}, &Row::first);
  return rows;
}

Result<void> write(wire::Writer& writer, const Row& row) {
  const auto& [name, fragment] = row;
  TRY(writer.bytes(name.plan.bytes));
  TRY(writer.u8(static_cast<std::uint8_t>(name.fragment)));
  TRY(writer.u64_le(fragment.owed_chunk));
  TRY(writer.u64_le(seconds_of(fragment.failing_since)));
  return writer.u64_le(seconds_of(fragment.last_proved));
}

Result<Row> read_row(wire::Reader& reader) {
  Row row;
  row.first.plan = TRY(reader.id<base::PlanId>());
  row.first.fragment = TRY(reader.u8());
  row.second.owed_chunk = TRY(reader.u64_le());
  row.second.failing_since = TRY(time_of(TRY(reader.u64_le())));
  row.second.last_proved = TRY(time_of(TRY(reader.u64_le())));
  if (row.second.owed_chunk >= Limits::chunk_end)
    return fail(Code::corrupt, "no fragment has a chunk {}", row.second.owed_chunk);
  return row;
}

}  // namespace

base::Bytes encode(const AuditNote& note) {
  const auto packed = pack(note);
  const auto rows = rows_of(note.known);
  base::Bytes body(sizeof(std::uint32_t) + packed.size() + rows.size() * row_bytes);
  wire::Writer writer(body);
  bool is_written = writer.prefixed_u32_le(packed, wire::Limits::body_bytes_max).has_value();
  for (const Row& row : rows) is_written = is_written && write(writer, row);
  ASSERT(is_written && writer.room() == 0);
  return wire::seal_note(kind, body);
}

Result<AuditNote> decode_audit_note(ByteSpan bytes) {
  wire::Reader reader(TRY(wire::open_note(kind, bytes)));
  auto note = TRY(unpack(TRY(reader.prefixed_u32_le(wire::Limits::body_bytes_max))));
  auto& fragments = note.known.fragments;
  while (reader.remaining() > 0) {
    const auto row = TRY(read_row(reader));
    if (!fragments.empty() && fragments.rbegin()->first >= row.first)
      return fail(Code::corrupt, "its fragments are out of order");
    fragments.insert(fragments.end(), row);
  }
  return note;
}

}  // namespace tesseras::upkeep
