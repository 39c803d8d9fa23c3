// Where secrets lie: a small region of memory that the operating system keeps out of swap and out
// of core dumps, shared by all threads of the process.
//
// OpenSSL has such a region, too. It is not used: OpenSSL would put keys of its own there, among
// them one for every handshake that a stranger begins, and fails where the region is full.
#pragma once

#include <cstddef>
#include <utility>

#include "foundation/base/bytes.hpp"

namespace tesseras::crypto {

// 48 KiB: of an author who opens and signs, with room to spare; and under the 64 KiB that the
// strictest of usual systems lets a process lock (RLIMIT_MEMLOCK).
inline constexpr std::size_t secret_region_bytes = std::size_t{48} << 10U;

// Owns some of it. Zeros at first, and made zeros before it is given back. Where the region is full
// or was refused, it is ordinary memory, with all else as it is: secrets that can be swapped out
// are better than a program that ends. Running out of that, too, ends the program.
class SecretMemory {
 public:
  SecretMemory() = default;  // of no bytes
  explicit SecretMemory(std::size_t size_bytes);
  ~SecretMemory();

  SecretMemory(const SecretMemory&) = delete;
  SecretMemory& operator=(const SecretMemory&) = delete;

  // No byte is copied; the other one has no bytes afterwards.
  SecretMemory(SecretMemory&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}
  SecretMemory& operator=(SecretMemory&& other) noexcept {
    SecretMemory taken(std::move(other));
    std::swap(data_, taken.data_);
    std::swap(size_, taken.size_);
    return *this;  // and what was here goes with `taken`
  }

  base::ByteSpan span() const { return {data_, size_}; }
  base::MutableByteSpan mutable_span() { return {data_, size_}; }

 private:
  std::byte* data_ = nullptr;
  std::size_t size_ = 0;
};

// How it is now, of the whole process; for logs and tests.
struct SecretMemoryUse {
  bool is_locked = false;           // the region is there, and stays out of swap
  std::size_t region_bytes = 0;     // of the region, in use
  std::size_t elsewhere_bytes = 0;  // in ordinary memory, since the region is full or not there
};
SecretMemoryUse secret_memory_use();

}  // namespace tesseras::crypto
