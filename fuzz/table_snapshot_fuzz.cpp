// A table of nodes is what decoding says, and is written again as the same; whatever else, even
// with a hash that fits, is refused. The hash is put right here, or nothing would get past it.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "foundation/base/assert.hpp"
#include "foundation/crypto/blake3.hpp"
#include "preserve/dht/limits.hpp"
#include "preserve/dht/table_snapshot.hpp"

namespace tesseras {

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto given = std::as_bytes(std::span(data, size));
  (void)dht::decode_snapshot(given);
  base::Bytes bytes(given.begin(), given.end());
  const auto hash = crypto::blake3(bytes);
  bytes.insert(bytes.end(), hash.bytes.begin(), hash.bytes.end());
  const auto nodes = dht::decode_snapshot(bytes);
  if (!nodes) return 0;
  ASSERT(nodes->size() <= dht::Limits::snapshot_nodes_max);
  std::vector<dht::Contact> contacts;
  for (const auto& node : *nodes) contacts.push_back({node.info, node.reached_at, {}, 0});
  const auto again = dht::decode_snapshot(dht::encode_snapshot(contacts));
  ASSERT(again && *again == *nodes);
  return 0;
}

}  // namespace tesseras
