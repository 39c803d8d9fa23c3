// Bodies of requests and responses (frame.hpp) that are maps, as all of ours are.
#pragma once

#include <concepts>
#include <utility>

#include "foundation/base/assert.hpp"
#include "foundation/base/bytes.hpp"
#include "foundation/base/result.hpp"
#include "foundation/wire/limits.hpp"
#include "foundation/wire/message_pack.hpp"

namespace tesseras::wire {

// A body whose fields `fill` writes. They are bounded by whoever writes them: what does not fit, or
// a text that is not UTF-8, is our own mistake and ends the program.
template <std::invocable<MapWriter&> Fill>
base::Bytes pack_body(Fill fill) {
  auto bytes = pack_map(std::move(fill), Limits::body_bytes_max);
  ASSERT(bytes.has_value());
  return *std::move(bytes);
}

// As unpack_map(); exhausted for more than Limits::body_bytes_max bytes.
inline base::Result<MapView> unpack_body(base::ByteSpan body) {
  return unpack_map(body, Limits::body_bytes_max);
}

}  // namespace tesseras::wire
