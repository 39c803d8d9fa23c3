#include "preserve/dht/table_snapshot.hpp"

#include <algorithm>

#include "foundation/base/assert.hpp"
#include "foundation/wire/note.hpp"
#include "foundation/wire/reader.hpp"

namespace tesseras::dht {
namespace {

using base::ByteSpan;
using base::Code;
using base::fail;
using base::Result;

constexpr wire::NoteKind kind{"TESSDHT", 1, "the table of nodes"};
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
  base::Bytes bytes;
  append_u16(bytes, count);
  for (std::size_t i = 0; i < count; ++i) {
    const base::Bytes endpoint = encode(contacts[i].reached_at);
    bytes.push_back(static_cast<std::byte>(endpoint.size()));
    append(bytes, endpoint);
    const base::Bytes info = encode(contacts[i].info);
    append_u16(bytes, info.size());
    append(bytes, info);
  }
  return wire::seal_note(kind, bytes);
}

Result<std::vector<KnownNode>> decode_snapshot(ByteSpan bytes) {
  wire::Reader reader(TRY(wire::open_note(kind, bytes)));
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
