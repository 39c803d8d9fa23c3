// Takes numbers and bytes off the front of a span that somebody else may have written.
#pragma once

#include <cstddef>
#include <cstdint>

#include "foundation/base/bytes.hpp"
#include "foundation/base/result.hpp"

namespace tesseras::wire {

// The span is borrowed: it must outlive the reader and every ByteSpan that comes out of it.
// Every function returns corrupt, with the offset, when the bytes are not there or not as they
// must be; then nothing is taken and offset() still names the place.
class Reader {
 public:
  explicit Reader(base::ByteSpan bytes) : bytes_(bytes) {}

  base::Result<std::uint8_t> u8();
  base::Result<std::uint16_t> u16_le();
  base::Result<std::uint16_t> u16_be();
  base::Result<std::uint32_t> u32_le();
  base::Result<std::uint32_t> u32_be();
  base::Result<std::uint64_t> u64_le();
  base::Result<std::uint64_t> u64_be();

  // Exactly `size_bytes` of what remains, without copying.
  base::Result<base::ByteSpan> bytes(std::size_t size_bytes);

  // A length, then as many bytes. Longer than `bytes_max` is refused before anything is made of
  // the length, so a caller may copy what comes out.
  base::Result<base::ByteSpan> prefixed_u8(std::size_t bytes_max);
  base::Result<base::ByteSpan> prefixed_u16_le(std::size_t bytes_max);
  base::Result<base::ByteSpan> prefixed_u16_be(std::size_t bytes_max);
  base::Result<base::ByteSpan> prefixed_u32_le(std::size_t bytes_max);
  base::Result<base::ByteSpan> prefixed_u32_be(std::size_t bytes_max);

  // An id of a fixed size (base::StrongId).
  template <class Id>
  base::Result<Id> id() {
    return *Id::from_bytes(TRY(bytes(Id::size_bytes)));
  }

  // These very bytes, such as a magic number.
  base::Result<void> expect(base::ByteSpan expected);
  // Nothing more.
  base::Result<void> expect_end() const;

  std::size_t offset() const { return offset_; }
  std::size_t remaining() const { return bytes_.size() - offset_; }

 private:
  base::ByteSpan bytes_;
  std::size_t offset_ = 0;
};

}  // namespace tesseras::wire
