#include "foundation/wire/reader.hpp"

#include <algorithm>
#include <concepts>

namespace tesseras::wire {
namespace {

using base::ByteSpan;
using base::Code;
using base::fail;
using base::Result;

enum class Order { little, big };

template <std::unsigned_integral T>
Result<T> number(Reader& reader, Order order) {
  const ByteSpan bytes = TRY(reader.bytes(sizeof(T)));
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < sizeof(T); ++i) {
    const std::byte next = order == Order::big ? bytes[i] : bytes[sizeof(T) - 1 - i];
    value = (value << 8U) | std::to_integer<std::uint64_t>(next);
  }
  return static_cast<T>(value);
}

template <std::unsigned_integral T>
Result<ByteSpan> prefixed(Reader& reader, Order order, std::size_t bytes_max) {
  Reader ahead = reader;  // so that a failure takes nothing
  const T size_bytes = TRY(number<T>(ahead, order));
  if (size_bytes > bytes_max) {
    return fail(Code::corrupt, "at byte {}: a length of {}, and at most {} is allowed",
                reader.offset(), size_bytes, bytes_max);
  }
  const ByteSpan bytes = TRY(ahead.bytes(size_bytes));
  reader = ahead;
  return bytes;
}

}  // namespace

Result<ByteSpan> Reader::bytes(std::size_t size_bytes) {
  if (size_bytes > remaining()) {
    return fail(Code::corrupt, "at byte {}: {} bytes belong here, and only {} are left", offset_,
                size_bytes, remaining());
  }
  const ByteSpan taken = bytes_.subspan(offset_, size_bytes);
  offset_ += size_bytes;
  return taken;
}

Result<std::uint8_t> Reader::u8() { return number<std::uint8_t>(*this, Order::little); }
Result<std::uint16_t> Reader::u16_le() { return number<std::uint16_t>(*this, Order::little); }
Result<std::uint16_t> Reader::u16_be() { return number<std::uint16_t>(*this, Order::big); }
Result<std::uint32_t> Reader::u32_le() { return number<std::uint32_t>(*this, Order::little); }
Result<std::uint32_t> Reader::u32_be() { return number<std::uint32_t>(*this, Order::big); }
Result<std::uint64_t> Reader::u64_le() { return number<std::uint64_t>(*this, Order::little); }
Result<std::uint64_t> Reader::u64_be() { return number<std::uint64_t>(*this, Order::big); }

Result<ByteSpan> Reader::prefixed_u8(std::size_t bytes_max) {
  return prefixed<std::uint8_t>(*this, Order::little, bytes_max);
}
Result<ByteSpan> Reader::prefixed_u16_le(std::size_t bytes_max) {
  return prefixed<std::uint16_t>(*this, Order::little, bytes_max);
}
Result<ByteSpan> Reader::prefixed_u16_be(std::size_t bytes_max) {
  return prefixed<std::uint16_t>(*this, Order::big, bytes_max);
}
Result<ByteSpan> Reader::prefixed_u32_le(std::size_t bytes_max) {
  return prefixed<std::uint32_t>(*this, Order::little, bytes_max);
}
Result<ByteSpan> Reader::prefixed_u32_be(std::size_t bytes_max) {
  return prefixed<std::uint32_t>(*this, Order::big, bytes_max);
}

Result<void> Reader::expect(ByteSpan expected) {
  if (expected.size() > remaining() ||
      !std::ranges::equal(bytes_.subspan(offset_, expected.size()), expected)) {
    return fail(Code::corrupt, "at byte {}: not the bytes {} that belong here", offset_,
                base::to_hex(expected));
  }
  offset_ += expected.size();
  return {};
}

Result<void> Reader::expect_end() const {
  if (remaining() == 0) return {};
  return fail(Code::corrupt, "at byte {}: {} bytes too many", offset_, remaining());
}

}  // namespace tesseras::wire
