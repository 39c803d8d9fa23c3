#include "foundation/transport/byte_queue.hpp"

#include <algorithm>
#include <cstring>

#include "foundation/base/assert.hpp"

namespace tesseras::transport {
namespace {

// Blocks grow with what waits: a peer that sends a byte on each of many streams must not make us
// keep a large block for each.
constexpr std::size_t block_bytes_min = 1024;
constexpr std::size_t block_bytes_max = 64 * 1024;

}  // namespace

void ByteQueue::append(base::ByteSpan bytes) {
  while (!bytes.empty()) {
    if (blocks_.empty() || blocks_.back().end == blocks_.back().capacity) {
      const auto capacity =
          std::clamp(std::max(size_, bytes.size()), block_bytes_min, block_bytes_max);
      blocks_.push_back({std::make_unique_for_overwrite<std::byte[]>(capacity), capacity, 0, 0});
    }
    auto& last = blocks_.back();
    const auto count = std::min(last.capacity - last.end, bytes.size());
    std::memcpy(last.bytes.get() + last.end, bytes.data(), count);
    last.end += count;
    size_ += count;
    bytes = bytes.subspan(count);
  }
}

std::size_t ByteQueue::take(base::MutableByteSpan into) {
  std::size_t taken = 0;
  while (!empty() && taken < into.size()) {
    const auto& first = blocks_.front();
    const auto count = std::min(first.end - first.begin, into.size() - taken);
    std::memcpy(into.data() + taken, first.bytes.get() + first.begin, count);
    taken += count;
    drop(count);
  }
  return taken;
}

void ByteQueue::drop(std::size_t count) {
  ASSERT(count <= size_);
  size_ -= count;
  while (count > 0) {
    auto& first = blocks_.front();
    const auto here = std::min(first.end - first.begin, count);
    first.begin += here;
    count -= here;
    if (first.begin == first.end) blocks_.pop_front();
  }
}

std::size_t ByteQueue::pieces(std::size_t offset, std::span<base::ByteSpan> into) const {
  std::size_t used = 0;
  for (const auto& block : blocks_) {
    if (used == into.size()) break;
    const auto here = block.end - block.begin;
    if (offset >= here) {
      offset -= here;
      continue;
    }
    into[used++] = {block.bytes.get() + block.begin + offset, here - offset};
    offset = 0;
  }
  return used;
}

}  // namespace tesseras::transport
