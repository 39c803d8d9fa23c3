// Bytes that wait: to be read by us, or acknowledged by a peer. They do not move while they wait,
// and take little more memory than there are of them, also when they come one by one.
#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <span>

#include "foundation/base/bytes.hpp"

namespace tesseras::transport {

class ByteQueue {
 public:
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

  void append(base::ByteSpan bytes);
  // Takes out as many as there are and fit into `into`.
  std::size_t take(base::MutableByteSpan into);
  // At most size().
  void drop(std::size_t count);
  void clear() { drop(size_); }

  // Points `into` at what lies behind the first `offset` bytes; how many pieces it needed, or all
  // that it had. They stay where they are until they are dropped.
  std::size_t pieces(std::size_t offset, std::span<base::ByteSpan> into) const;

 private:
  struct Block {
    std::unique_ptr<std::byte[]> bytes;
    std::size_t capacity = 0;
    std::size_t begin = 0;
    std::size_t end = 0;
  };

  std::deque<Block> blocks_;
  std::size_t size_ = 0;
};

}  // namespace tesseras::transport
