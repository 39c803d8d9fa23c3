#include "preserve/dht/table_snapshot.hpp"

#include <algorithm>
#include <string_view>

#include "foundation/base/assert.hpp"
#include "foundation/crypto/blake3.hpp"
#include "foundation/wire/reader.hpp"

namespace tesseras::dht {
namespace {

using base::ByteSpan;
using base::Code;
using base::fail;
using base::Result;

// On disk: never changed. The next byte is the version.
constexpr std::string_view magic = "TESSDHT";
constexpr std::uint8_t version = 1;
constexpr std::size_t header_bytes = 10;
constexpr std::size_t endpoint_bytes_max = 18;

void append(base::Bytes& bytes, ByteSpan more) {
  bytes.insert(bytes.end(), more.begin(), more.end());
}

void append_u16(base::Bytes& bytes, std::size_t value) {
  ASSERT(value <= 0xffff);
  bytes.push_back(static_cast<std::byte>(value & 0xffU));
  bytes.push_back(static_cast<std::byte>(value >> 8U));
}

Result<KnownNode> read_node(wire::Reader& reader) {
  KnownNode node;
  node.reached_at = TRY(decode_endpoint(TRY(reader.prefixed_u8(endpoint_bytes_max))));
  node.info = TRY(decode_node_info(TRY(reader.prefixed_u16_le(Limits::node_info_bytes_max))));
  return node;
}

}  // namespace

base::Bytes encode_snapshot(const std::vector<Contact>& contacts) {
  const std::size_t count = std::min(contacts.size(), Limits::snapshot_nodes_max);
  base::Bytes bytes = base::to_bytes(magic);
  bytes.push_back(std::byte{version});
  append_u16(bytes, count);
  for (std::size_t i = 0; i < count; ++i) {
    const base::Bytes endpoint = encode(contacts[i].reached_at);
    bytes.push_back(static_cast<std::byte>(endpoint.size()));
    append(bytes, endpoint);
    const base::Bytes info = encode(contacts[i].info);
    append_u16(bytes, info.size());
    append(bytes, info);
  }
  append(bytes, crypto::blake3(bytes).bytes);
  return bytes;
}

Result<std::vector<KnownNode>> decode_snapshot(ByteSpan bytes) {
  constexpr std::size_t hash_bytes = crypto::Blake3Hash::size_bytes;
  if (bytes.size() < header_bytes + hash_bytes ||
      base::as_text(bytes.first(magic.size())) != magic) {
    return fail(Code::corrupt, "this is no table of nodes");
  }
  if (bytes[magic.size()] != std::byte{version})
    return fail(Code::unsupported, "the table of nodes was written by another release");
  const ByteSpan body = bytes.first(bytes.size() - hash_bytes);
  if (!std::ranges::equal(crypto::blake3(body).bytes, bytes.last(hash_bytes)))
    return fail(Code::corrupt, "the table of nodes is damaged");
  wire::Reader reader(body.subspan(magic.size() + 1));
  const std::size_t count = TRY(reader.u16_le());
  if (count > Limits::snapshot_nodes_max)
    return fail(Code::corrupt, "the table has {} nodes; {} are allowed", count,
                Limits::snapshot_nodes_max);
  std::vector<KnownNode> nodes;
  nodes.reserve(std::min(count, reader.remaining()));
  for (std::size_t i = 0; i < count; ++i) {
    auto node = read_node(reader);
    if (!node) return base::fail_in(std::move(node).error(), "node {} of the table", i);
    nodes.push_back(*std::move(node));
  }
  TRY(reader.expect_end());
  return nodes;
}

}  // namespace tesseras::dht
