// That a fragment of a plan is kept, and since when and for whom; and what can happen to that, as
// the log of it says (spec/holding.md, section 4). Pure.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <variant>

#include "foundation/base/bytes.hpp"
#include "foundation/base/result.hpp"
#include "foundation/base/strong_id.hpp"
#include "foundation/crypto/blake3.hpp"
#include "foundation/runtime/endpoint.hpp"
#include "preserve/dht/node_id.hpp"

namespace tesseras::replica {

// Numbers of fragments have one byte.
inline constexpr unsigned fragment_max = 255;

struct FragmentName {
  base::PlanId plan;
  unsigned fragment = 0;

  auto operator<=>(const FragmentName&) const = default;
};

// Whom a kept fragment is charged to.
struct Charge {
  dht::NodePublicKey peer;         // that brought it
  runtime::IpAddress address;      // from where
  bool is_repair = false;          // it was lost elsewhere: charged to nobody
  std::int64_t since_seconds = 0;  // since 1970

  bool operator==(const Charge&) const = default;
};

// What a frame of the log says.
struct KeptEvent {
  FragmentName name;
  base::ContentHash content_hash;  // in the plan
  crypto::Blake3Hash object;       // of the fragment's bytes
  std::uint64_t size_bytes = 0;
  std::optional<Charge> charge;  // nullopt: not known

  bool operator==(const KeptEvent&) const = default;
};
struct DroppedEvent {
  FragmentName name;

  bool operator==(const DroppedEvent&) const = default;
};
struct QuarantinedEvent {
  crypto::Blake3Hash object;

  bool operator==(const QuarantinedEvent&) const = default;
};
using ReferenceEvent = std::variant<KeptEvent, DroppedEvent, QuarantinedEvent>;

inline constexpr std::size_t reference_event_bytes_max = 163;

base::Bytes encode(const ReferenceEvent& event);
// corrupt: anything but an event as specified.
base::Result<ReferenceEvent> decode_reference_event(base::ByteSpan bytes);

}  // namespace tesseras::replica
