// What bodies of several control messages have in common.
#pragma once

#include "foundation/base/bytes.hpp"
#include "foundation/base/result.hpp"
#include "foundation/base/strong_id.hpp"
#include "foundation/wire/body.hpp"

namespace tesseras::node {

// A body that is {content_hash}.
inline base::Bytes encode_hash(const base::ContentHash& hash) {
  return wire::pack_body([&](wire::MapWriter& map) { map.bytes("content_hash", hash.bytes); });
}

// Errors as wire::unpack_body().
inline base::Result<base::ContentHash> read_hash(base::ByteSpan body) {
  return TRY(wire::unpack_body(body)).id<base::ContentHash>("content_hash");
}

}  // namespace tesseras::node
