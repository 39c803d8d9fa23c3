#include "preserve/replica/byte_flow.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include "foundation/transport/frame_stream.hpp"
#include "preserve/replica/limits.hpp"

namespace tesseras::replica {

using base::Bytes;
using base::ByteSpan;
using base::Code;
using base::fail;
using base::Instant;
using base::Result;
using runtime::Offload;
using runtime::Task;
using transport::Stream;

namespace {

// Until when something must have gone on.
Instant next_deadline(const Offload& offload, Instant end) {
  return std::min(end, offload.loop().now() + Limits::silence_max);
}

}  // namespace

Task<Result<void>> write_flow(Stream& stream, Offload offload, std::uint64_t size_bytes,
                              ReadNext next, std::uint64_t& count) {
  const auto end = offload.loop().now() + Limits::time_for(size_bytes);
  const auto read = std::make_shared<ReadNext>(std::move(next));
  const auto piece = std::make_shared<Bytes>(Limits::piece_bytes);
  while (true) {
    const auto read_bytes = CO_TRY(co_await offload.run([read, piece] { return (*read)(*piece); }));
    if (read_bytes == 0) co_return {};
    // A write comes back when all of it was taken: a piece can take a slow line a minute.
    for (auto left = ByteSpan(*piece).first(read_bytes); !left.empty();) {
      const auto part = left.first(std::min(left.size(), Limits::progress_bytes));
      CO_TRY(co_await stream.write(part, next_deadline(offload, end)));
      count += part.size();
      left = left.subspan(part.size());
    }
  }
}

Task<Result<void>> read_flow(Stream& stream, Offload offload, std::uint64_t size_bytes,
                             TakeNext next, std::uint64_t& count) {
  const auto end = offload.loop().now() + Limits::time_for(size_bytes);
  const auto take = std::make_shared<TakeNext>(std::move(next));
  const auto piece = std::make_shared<Bytes>(Limits::piece_bytes);
  for (std::uint64_t left = size_bytes; left > 0;) {
    const auto room = std::min<std::uint64_t>(piece->size(), left);
    const auto came = CO_TRY(co_await stream.read(base::MutableByteSpan(*piece).first(room),
                                                  next_deadline(offload, end)));
    if (came == 0) co_return fail(Code::corrupt, "the fragment ends {} bytes early", left);
    count += came;
    left -= came;
    CO_TRY(co_await offload.run(
        [take, piece, came] { return (*take)(ByteSpan(*piece).first(came)); }));
  }
  co_return co_await transport::expect_end(stream, offload.loop().now() + Limits::silence_max);
}

}  // namespace tesseras::replica
