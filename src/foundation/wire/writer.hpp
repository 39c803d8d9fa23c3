// Puts numbers and bytes one after another into memory of the caller's.
#pragma once

#include <cstddef>
#include <cstdint>

#include "foundation/base/bytes.hpp"
#include "foundation/base/result.hpp"

namespace tesseras::wire {

// The span is borrowed and is the bound: every function returns exhausted, with the offset, when
// there is no room, and then has written nothing. It never allocates.
class Writer {
 public:
  explicit Writer(base::MutableByteSpan into) : into_(into) {}

  base::Result<void> u8(std::uint8_t value);
  base::Result<void> u16_le(std::uint16_t value);
  base::Result<void> u16_be(std::uint16_t value);
  base::Result<void> u32_le(std::uint32_t value);
  base::Result<void> u32_be(std::uint32_t value);
  base::Result<void> u64_le(std::uint64_t value);
  base::Result<void> u64_be(std::uint64_t value);

  base::Result<void> bytes(base::ByteSpan bytes);

  // The length, then the bytes. invalid when there are more than `bytes_max` of them, which is
  // what the other side will be asked to read; `bytes_max` itself fits the length's width.
  base::Result<void> prefixed_u8(base::ByteSpan bytes, std::size_t bytes_max);
  base::Result<void> prefixed_u16_le(base::ByteSpan bytes, std::size_t bytes_max);
  base::Result<void> prefixed_u16_be(base::ByteSpan bytes, std::size_t bytes_max);
  base::Result<void> prefixed_u32_le(base::ByteSpan bytes, std::size_t bytes_max);
  base::Result<void> prefixed_u32_be(base::ByteSpan bytes, std::size_t bytes_max);

  std::size_t offset() const { return offset_; }
  std::size_t room() const { return into_.size() - offset_; }
  // All that has been written.
  base::ByteSpan written() const { return into_.first(offset_); }

 private:
  base::MutableByteSpan into_;
  std::size_t offset_ = 0;
};

}  // namespace tesseras::wire
