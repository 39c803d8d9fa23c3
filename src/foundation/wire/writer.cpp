#include "foundation/wire/writer.hpp"

#include <algorithm>
#include <array>
#include <concepts>
#include <limits>

#include "foundation/base/assert.hpp"

namespace tesseras::wire {
namespace {

using base::ByteSpan;
using base::Code;
using base::fail;
using base::Result;

enum class Order { little, big };

template <std::unsigned_integral T>
std::array<std::byte, sizeof(T)> encoded(T value, Order order) {
  std::array<std::byte, sizeof(T)> bytes{};
  for (std::size_t i = 0; i < sizeof(T); ++i) {
    const std::size_t at = order == Order::little ? i : sizeof(T) - 1 - i;
    bytes[at] = static_cast<std::byte>((static_cast<std::uint64_t>(value) >> (8U * i)) & 0xffU);
  }
  return bytes;
}

template <std::unsigned_integral T>
Result<void> prefixed(Writer& writer, ByteSpan bytes, std::size_t bytes_max, Order order) {
  ASSERT(bytes_max <= std::numeric_limits<T>::max());
  if (bytes.size() > bytes_max) {
    return fail(Code::invalid, "at byte {}: {} bytes, and at most {} are allowed", writer.offset(),
                bytes.size(), bytes_max);
  }
  Writer ahead = writer;  // so that a failure moves nothing
  TRY(ahead.bytes(encoded(static_cast<T>(bytes.size()), order)));
  TRY(ahead.bytes(bytes));
  writer = ahead;
  return {};
}

}  // namespace

Result<void> Writer::bytes(ByteSpan bytes) {
  if (bytes.size() > room()) {
    return fail(Code::exhausted, "at byte {}: no room for {} bytes, only for {}", offset_,
                bytes.size(), room());
  }
  std::ranges::copy(bytes, into_.begin() + static_cast<std::ptrdiff_t>(offset_));
  offset_ += bytes.size();
  return {};
}

Result<void> Writer::u8(std::uint8_t value) { return bytes(encoded(value, Order::little)); }
Result<void> Writer::u16_le(std::uint16_t value) { return bytes(encoded(value, Order::little)); }
Result<void> Writer::u16_be(std::uint16_t value) { return bytes(encoded(value, Order::big)); }
Result<void> Writer::u32_le(std::uint32_t value) { return bytes(encoded(value, Order::little)); }
Result<void> Writer::u32_be(std::uint32_t value) { return bytes(encoded(value, Order::big)); }
Result<void> Writer::u64_le(std::uint64_t value) { return bytes(encoded(value, Order::little)); }
Result<void> Writer::u64_be(std::uint64_t value) { return bytes(encoded(value, Order::big)); }

Result<void> Writer::prefixed_u8(ByteSpan bytes, std::size_t bytes_max) {
  return prefixed<std::uint8_t>(*this, bytes, bytes_max, Order::little);
}
Result<void> Writer::prefixed_u16_le(ByteSpan bytes, std::size_t bytes_max) {
  return prefixed<std::uint16_t>(*this, bytes, bytes_max, Order::little);
}
Result<void> Writer::prefixed_u16_be(ByteSpan bytes, std::size_t bytes_max) {
  return prefixed<std::uint16_t>(*this, bytes, bytes_max, Order::big);
}
Result<void> Writer::prefixed_u32_le(ByteSpan bytes, std::size_t bytes_max) {
  return prefixed<std::uint32_t>(*this, bytes, bytes_max, Order::little);
}
Result<void> Writer::prefixed_u32_be(ByteSpan bytes, std::size_t bytes_max) {
  return prefixed<std::uint32_t>(*this, bytes, bytes_max, Order::big);
}

}  // namespace tesseras::wire
