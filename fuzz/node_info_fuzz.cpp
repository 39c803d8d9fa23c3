// What is taken for a node's info has a NodeId that its key and nonce give, and is written again
// as what says the same.
#include <cstddef>
#include <cstdint>
#include <span>

#include "foundation/base/assert.hpp"
#include "preserve/dht/address_policy.hpp"
#include "preserve/dht/limits.hpp"
#include "preserve/dht/node_info.hpp"

namespace tesseras {

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = std::as_bytes(std::span(data, size));
  const auto info = dht::decode_node_info(bytes);
  if (!info) {
    ASSERT(!info.error().message.empty());
    return 0;
  }
  ASSERT(dht::check_node_id(info->id, info->key, info->nonce));
  ASSERT(info->endpoints.size() <= dht::Limits::endpoints_max);
  for (const auto& endpoint : info->endpoints) ASSERT(dht::check_endpoint(endpoint));
  const auto again = dht::decode_node_info(dht::encode(*info));
  ASSERT(again && *again == *info);
  return 0;
}

}  // namespace tesseras
