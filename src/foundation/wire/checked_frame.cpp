#include "foundation/wire/checked_frame.hpp"

#include <algorithm>
#include <array>

#include "foundation/base/assert.hpp"
#include "foundation/wire/reader.hpp"

namespace tesseras::wire {
namespace {

using base::Bytes;
using base::ByteSpan;

// On disk: never changed.
constexpr std::size_t length_bytes = 4;
constexpr std::size_t checksum_bytes = 16;
static_assert(length_bytes + checksum_bytes == CheckedFrames::head_bytes);

std::array<std::byte, checksum_bytes> checksum(crypto::Blake3& hasher, ByteSpan payload) {
  hasher.update(payload);
  const auto hash = hasher.finish();
  std::array<std::byte, checksum_bytes> sum{};
  std::copy_n(hash.bytes.begin(), sum.size(), sum.begin());
  return sum;
}

}  // namespace

Bytes CheckedFrames::frame(ByteSpan payload) {
  ASSERT(!payload.empty() && payload.size() <= payload_bytes_max_);
  Bytes frame;
  frame.reserve(head_bytes + payload.size());
  for (std::size_t i = 0; i < length_bytes; ++i)
    frame.push_back(static_cast<std::byte>(payload.size() >> (8 * i)));
  const auto sum = checksum(hasher_, payload);
  frame.insert(frame.end(), sum.begin(), sum.end());
  frame.insert(frame.end(), payload.begin(), payload.end());
  return frame;
}

std::optional<ByteSpan> CheckedFrames::payload_at(ByteSpan bytes) {
  Reader reader(bytes);
  const auto length = reader.u32_le();
  if (!length || *length == 0 || *length > payload_bytes_max_) return std::nullopt;
  const auto sum = reader.bytes(checksum_bytes);
  if (!sum) return std::nullopt;
  const auto payload = reader.bytes(*length);
  if (!payload || !std::ranges::equal(checksum(hasher_, *payload), *sum)) return std::nullopt;
  return *payload;
}

}  // namespace tesseras::wire
