// The routing table as a file, so that a restart begins with whom we knew (spec/dht.md, section 7).
#pragma once

#include <vector>

#include "foundation/base/bytes.hpp"
#include "foundation/base/result.hpp"
#include "preserve/dht/node_info.hpp"
#include "preserve/dht/routing_table.hpp"

namespace tesseras::dht {

struct KnownNode {
  NodeInfo info;
  Endpoint reached_at;

  bool operator==(const KnownNode&) const = default;
};

// The first Limits::snapshot_nodes_max contacts, in their order.
base::Bytes encode_snapshot(const std::vector<Contact>& contacts);

// Who stood in it; each proof of work is checked again. They were reachable once: the caller pings
// them before it takes them for reachable now.
// corrupt: damaged, or no snapshot. unsupported: of a later version. invalid: as
// decode_node_info().
base::Result<std::vector<KnownNode>> decode_snapshot(base::ByteSpan bytes);

}  // namespace tesseras::dht
