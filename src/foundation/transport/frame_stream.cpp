#include "foundation/transport/frame_stream.hpp"

#include <algorithm>
#include <array>

#include "foundation/crypto/wipe.hpp"
#include "foundation/wire/frame.hpp"

namespace tesseras::transport {

using base::Result;
using runtime::Task;

Task<Result<std::optional<base::Bytes>>> read_envelope(runtime::ByteStream& stream,
                                                       base::Instant deadline) {
  wire::FrameReader reader;
  base::Bytes piece(4096);
  const crypto::Wiper wiper(piece);
  while (!reader.complete()) {
    const auto room = std::span(piece).first(std::min(piece.size(), reader.missing()));
    const auto count = CO_TRY(co_await stream.read(room, deadline));
    if (count == 0) {
      CO_TRY(reader.expect_end());
      co_return std::nullopt;
    }
    CO_TRY(reader.take(room.first(count)));
  }
  const auto envelope = reader.envelope();
  base::Bytes taken(envelope.begin(), envelope.end());
  reader.next();
  co_return taken;
}

Task<Result<void>> expect_end(runtime::ByteStream& stream, base::Instant deadline) {
  std::array<std::byte, 1> more;
  if (CO_TRY(co_await stream.read(more, deadline)) != 0)
    co_return base::fail(base::Code::corrupt,
                         "more bytes follow where the frame should be the last");
  co_return {};
}

}  // namespace tesseras::transport
