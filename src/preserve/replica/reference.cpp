#include "preserve/replica/reference.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "foundation/base/assert.hpp"
#include "foundation/wire/reader.hpp"
#include "foundation/wire/writer.hpp"

namespace tesseras::replica {
namespace {

using base::Bytes;
using base::ByteSpan;
using base::Code;
using base::fail;
using base::Result;
using wire::Reader;
using wire::Writer;

// On disk: never changed.
enum class Kind : std::uint8_t { kept = 1, dropped = 2, quarantined = 3 };
enum class Charged : std::uint8_t { unknown = 0, to_peer = 1, repair = 2 };

Result<void> write(Writer& out, const FragmentName& name) {
  TRY(out.bytes(name.plan.bytes));
  return out.u8(static_cast<std::uint8_t>(name.fragment));
}

Result<void> write(Writer& out, const KeptEvent& event) {
  TRY(out.u8(std::to_underlying(Kind::kept)));
  TRY(write(out, event.name));
  TRY(out.bytes(event.content_hash.bytes));
  TRY(out.bytes(event.object.bytes));
  TRY(out.u64_le(event.size_bytes));
  const Charge charge = event.charge.value_or(Charge{});
  const Charged charged = !event.charge      ? Charged::unknown
                          : charge.is_repair ? Charged::repair
                                             : Charged::to_peer;
  TRY(out.u8(std::to_underlying(charged)));
  TRY(out.u64_le(static_cast<std::uint64_t>(charge.since_seconds)));
  TRY(out.bytes(charge.peer.bytes));
  return out.bytes(charge.address.bytes);
}

Result<void> write(Writer& out, const DroppedEvent& event) {
  TRY(out.u8(std::to_underlying(Kind::dropped)));
  return write(out, event.name);
}

Result<void> write(Writer& out, const QuarantinedEvent& event) {
  TRY(out.u8(std::to_underlying(Kind::quarantined)));
  return out.bytes(event.object.bytes);
}

Result<FragmentName> read_name(Reader& in) {
  const auto plan = TRY(in.id<base::PlanId>());
  const unsigned fragment = TRY(in.u8());
  return FragmentName{plan, fragment};
}

Result<std::optional<Charge>> read_charge(Reader& in) {
  const auto charged = TRY(in.u8());
  if (charged > std::to_underlying(Charged::repair))
    return fail(Code::corrupt, "reference: there is no charge of kind {}", charged);
  Charge charge;
  charge.is_repair = charged == std::to_underlying(Charged::repair);
  charge.since_seconds = static_cast<std::int64_t>(TRY(in.u64_le()));
  charge.peer = TRY(in.id<dht::NodePublicKey>());
  std::ranges::copy(TRY(in.bytes(charge.address.bytes.size())), charge.address.bytes.begin());
  if (charged != std::to_underlying(Charged::unknown)) return charge;
  if (charge != Charge{})
    return fail(Code::corrupt, "reference: a charge that is not known has values");
  return std::nullopt;
}

Result<ReferenceEvent> read_kept(Reader& in) {
  KeptEvent event;
  event.name = TRY(read_name(in));
  event.content_hash = TRY(in.id<base::ContentHash>());
  event.object = TRY(in.id<crypto::Blake3Hash>());
  event.size_bytes = TRY(in.u64_le());
  event.charge = TRY(read_charge(in));
  return event;
}

Result<ReferenceEvent> read_event(Reader& in) {
  const auto kind = TRY(in.u8());
  switch (Kind{kind}) {
    case Kind::kept: return read_kept(in);
    case Kind::dropped: return DroppedEvent{TRY(read_name(in))};
    case Kind::quarantined: return QuarantinedEvent{TRY(in.id<crypto::Blake3Hash>())};
  }
  return fail(Code::corrupt, "reference: there is no event of kind {}", kind);
}

}  // namespace

Bytes encode(const ReferenceEvent& event) {
  std::array<std::byte, reference_event_bytes_max> room{};
  Writer out(room);
  const auto written = std::visit([&](const auto& one) { return write(out, one); }, event);
  ASSERT(written);
  return {out.written().begin(), out.written().end()};
}

Result<ReferenceEvent> decode_reference_event(ByteSpan bytes) {
  Reader in(bytes);
  auto event = TRY(read_event(in));
  TRY(in.expect_end());
  return event;
}

}  // namespace tesseras::replica
