// Frames of spec/wire.md on a stream of bytes: a peer's, or the control socket's.
#pragma once

#include <optional>

#include "foundation/base/bytes.hpp"
#include "foundation/runtime/byte_stream.hpp"

namespace tesseras::transport {

// The envelope of the frame at which the stream is; what follows it stays in the stream. nullopt:
// the stream has ended before it. As ByteStream::read; corrupt: it ends within the frame;
// exhausted: the frame is too long.
runtime::Task<base::Result<std::optional<base::Bytes>>> read_envelope(runtime::ByteStream& stream,
                                                                      base::Instant deadline);

// That the stream ends here, as it does behind the frame of a method without bulk: waits until the
// other side has said so. corrupt: more bytes follow. Else as ByteStream::read.
runtime::Task<base::Result<void>> expect_end(runtime::ByteStream& stream, base::Instant deadline);

}  // namespace tesseras::transport
