// Fragments of packs of any size, in a bounded amount of memory: a window of each of them at a
// time. Errors are those of the functions that are given; the first ends it.
#pragma once

#include <cstdint>
#include <functional>
#include <span>

#include "foundation/base/bytes.hpp"
#include "foundation/base/result.hpp"
#include "preserve/erasure/shape.hpp"

namespace tesseras::erasure {

using base::Result;

// What is held of all fragments together, sources and targets, at any time.
inline constexpr std::size_t coding_bytes_max = std::size_t{20} << 20U;

// Fills all of `into` with the pack's bytes from `offset` on, which it has.
using ReadPack = std::function<Result<void>(std::uint64_t offset, base::MutableByteSpan into)>;
// The same of one fragment.
using ReadFragment = std::function<Result<void>(unsigned fragment, std::uint64_t offset,
                                                base::MutableByteSpan into)>;
// Takes what comes next in one fragment.
using TakeFragment = std::function<Result<void>(unsigned fragment, base::ByteSpan bytes)>;

// Fills all of `into` with the bytes from `offset` on of a fragment below shape.data(): a piece of
// the pack, with zeros behind the last byte of that.
Result<void> read_piece(const Shape& shape, unsigned fragment, std::uint64_t offset,
                        const ReadPack& read, base::MutableByteSpan into);

// Gives every fragment of a pack, each from its beginning to its end, in turns. The pack is read
// once. Of the tier of copies it gives fragment 0 alone, since the others are the same.
Result<void> encode(const Shape& shape, const ReadPack& read, const TakeFragment& take);

// Gives the fragments `wanted`, in turns, out of the fragments `have`, which are read once.
// invalid: `have` are not shape.data() different fragments of this shape, or `wanted` are none of
// it
Result<void> rebuild(const Shape& shape, std::span<const unsigned> have,
                     std::span<const unsigned> wanted, const ReadFragment& read,
                     const TakeFragment& take);

}  // namespace tesseras::erasure
