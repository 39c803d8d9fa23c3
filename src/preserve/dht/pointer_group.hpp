// The holders of one tessera, as one node keeps them: who gets a slot, and who must yield. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "foundation/base/bytes.hpp"
#include "foundation/base/result.hpp"
#include "foundation/crypto/secret.hpp"
#include "preserve/dht/address_policy.hpp"
#include "preserve/dht/holder_record.hpp"
#include "preserve/dht/node_id.hpp"

namespace tesseras::dht {

// A record as it was received. Times are seconds since 1970.
struct PointerEntry {
  base::Bytes record;  // signed, to the byte
  NodeId holder;
  std::uint64_t issue = 0;
  std::optional<PlanShare> share;
  Endpoint from;  // where it came from
  std::int64_t received = 0;
  std::int64_t expires = 0;

  bool operator==(const PointerEntry&) const = default;
};

// Received now, to be kept for `ttl_seconds`. `bytes` are those of `record`.
PointerEntry make_entry(const HolderRecord& record, base::ByteSpan bytes, const Endpoint& from,
                        std::int64_t now, std::int64_t ttl_seconds);

struct SlotRules {
  // Of this node alone. Which holders stay when there are too many follows from it, so nobody can
  // choose an id that stays; and different nodes keep different holders of a tessera that has more
  // than fit, so together they know them all.
  const crypto::SecretBytes<32>& secret;
  std::span<const IpAddress> own_addresses;
};

enum class Merged {
  unchanged,  // the very same record was there
  renewed,    // in the place of an older one of its holder
  added,
  displaced,  // added or renewed, and somebody else had to yield
};

// Puts `entry` among the entries of its key, in which no two are of one holder. After an error
// `entries` is as it was.
// conflict: its issue counter is not newer than that of its holder's record there.
// exhausted: there is no slot for it: too many of its network, of its fragments, or in all.
base::Result<Merged> merge(std::vector<PointerEntry>& entries, PointerEntry entry,
                           const SlotRules& rules);

}  // namespace tesseras::dht
