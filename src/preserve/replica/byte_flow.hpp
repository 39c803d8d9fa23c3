// The bytes of a fragment on a stream, either way: in pieces, with a peer that has to go on, and
// not too slowly over all of them (Limits::silence_max, time_for). On the thread of the loop; what
// reads and writes bytes elsewhere is called beside it (runtime::Offload), one call at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>

#include "foundation/runtime/offload.hpp"
#include "foundation/transport/transport.hpp"

namespace tesseras::replica {

// The next bytes of a fragment; fewer than asked only at its end, 0 there.
using ReadNext = std::function<base::Result<std::size_t>(base::MutableByteSpan into)>;
// Takes the next bytes of a fragment.
using TakeNext = std::function<base::Result<void>(base::ByteSpan bytes)>;

// Writes what `next` reads to its end, `size_bytes` at most in the time for so many; each byte that
// is written is counted in `count` at once.
// timeout: the peer takes too little. Else as Stream::write; the first error of `next`.
runtime::Task<base::Result<void>> write_flow(transport::Stream& stream, runtime::Offload offload,
                                             std::uint64_t size_bytes, ReadNext next,
                                             std::uint64_t& count);

// Gives `take` exactly `size_bytes`, counted likewise as they come, and waits for the end behind
// them. corrupt: fewer came, or more. timeout: too little came. Else as Stream::read; the first
// error of `take`.
runtime::Task<base::Result<void>> read_flow(transport::Stream& stream, runtime::Offload offload,
                                            std::uint64_t size_bytes, TakeNext take,
                                            std::uint64_t& count);

}  // namespace tesseras::replica
