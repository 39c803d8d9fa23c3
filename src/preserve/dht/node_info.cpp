#include "preserve/dht/node_info.hpp"

#include <algorithm>

#include "foundation/base/assert.hpp"
#include "preserve/dht/address_policy.hpp"
#include "preserve/dht/limits.hpp"

namespace tesseras::dht {

using base::Code;
using base::fail;
using base::Result;

NodeInfo that_may_be_told(NodeInfo info, const Endpoint& teller) {
  std::erase_if(info.endpoints, [&](const Endpoint& endpoint) {
    return !may_tell(teller.address, endpoint.address);
  });
  return info;
}

void write_endpoints(wire::MapWriter& map, const std::vector<Endpoint>& endpoints) {
  ASSERT(endpoints.size() <= Limits::endpoints_max);
  map.list("endpoints", endpoints,
           [](wire::ArrayWriter& list, const Endpoint& endpoint) { list.bytes(encode(endpoint)); });
}

Result<std::vector<Endpoint>> read_endpoints(const wire::MapView& map) {
  auto endpoints =
      TRY(map.list("endpoints", Limits::endpoints_max, [](wire::Value value) -> Result<Endpoint> {
        return decode_endpoint(TRY(value.bytes(18)));
      }));
  for (auto at = endpoints.begin(); at != endpoints.end(); ++at)
    if (std::find(endpoints.begin(), at, *at) != at)
      return fail(Code::corrupt, "endpoints: {} stands twice", at->text());
  return endpoints;
}

void write(wire::MapWriter& map, const NodeInfo& info) {
  map.number("capabilities", info.capabilities.bits);
  write_endpoints(map, info.endpoints);
  map.bytes("key", info.key.bytes);
  map.number("nonce", info.nonce);
}

base::Bytes encode(const NodeInfo& info) {
  auto bytes = wire::pack_map([&](wire::MapWriter& map) { write(map, info); });
  ASSERT(bytes && bytes->size() <= Limits::node_info_bytes_max);
  return *std::move(bytes);
}

Result<NodeInfo> read_node_info(wire::Value value, ProofMemo& memo) {
  if (value.encoded().size() > Limits::node_info_bytes_max)
    return fail(Code::exhausted, "a node's info has {} bytes; {} are allowed",
                value.encoded().size(), Limits::node_info_bytes_max);
  const wire::MapView map = TRY(value.map());
  NodeInfo info;
  info.capabilities = Capabilities(TRY(map.number("capabilities")));
  info.endpoints = TRY(read_endpoints(map));
  info.key = TRY(map.id<NodePublicKey>("key"));
  info.nonce = TRY(map.number("nonce"));
  // Last, since it costs most.
  info.id = TRY(memo.check(info.key, info.nonce));
  return info;
}

Result<NodeInfo> decode_node_info(base::ByteSpan bytes) {
  ProofMemo memo;
  return read_node_info(TRY(wire::unpack(bytes, Limits::node_info_bytes_max)), memo);
}

}  // namespace tesseras::dht
