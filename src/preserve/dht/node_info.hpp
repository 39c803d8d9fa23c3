// What a node says of itself, and others pass on: its key, the nonce of its proof, where it is and
// what it does (spec/dht.md, section 3). It is not signed: nothing of it is believed until a
// handshake with that key, at one of those endpoints, has succeeded.
#pragma once

#include <cstdint>
#include <vector>

#include "foundation/base/bytes.hpp"
#include "foundation/base/result.hpp"
#include "foundation/runtime/endpoint.hpp"
#include "foundation/wire/message_pack.hpp"
#include "preserve/dht/capabilities.hpp"
#include "preserve/dht/node_id.hpp"

namespace tesseras::dht {

struct NodeInfo {
  NodeId id;  // of key and nonce; not on the wire
  NodePublicKey key;
  std::uint64_t nonce = 0;
  // Best first, none twice, at most Limits::endpoints_max. None: a client, which nobody can reach.
  std::vector<runtime::Endpoint> endpoints;
  Capabilities capabilities;

  bool operator==(const NodeInfo&) const = default;
};

// `info` without the endpoints that a peer at `teller` may not name (may_tell()).
NodeInfo that_may_be_told(NodeInfo info, const runtime::Endpoint& teller);

// As one field of a message, or as a message of its own. Its maxima are those of decoding.
void write(wire::MapWriter& map, const NodeInfo& info);
base::Bytes encode(const NodeInfo& info);

// corrupt: not of the form. invalid: the proof of work is wrong (as check_nonce()), or an endpoint
// is none. exhausted: more than Limits::node_info_bytes_max. Costs some 256 hashes, but
// for what the memo knows.
base::Result<NodeInfo> read_node_info(wire::Value value, ProofMemo& memo);
base::Result<NodeInfo> decode_node_info(base::ByteSpan bytes);

// Endpoints as they stand in node infos and holder records.
void write_endpoints(wire::MapWriter& map, const std::vector<runtime::Endpoint>& endpoints);
// corrupt: more than Limits::endpoints_max, one of them twice, or as decode_endpoint().
base::Result<std::vector<runtime::Endpoint>> read_endpoints(const wire::MapView& map);

}  // namespace tesseras::dht
