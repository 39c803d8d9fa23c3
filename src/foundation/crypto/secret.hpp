// Bytes that must not outlive their use. Move-only, in memory that stays out of swap and core
// dumps, zeroised when destroyed, compared in constant time, and never printed: nothing here makes
// text of them.
#pragma once

#include <algorithm>
#include <cstddef>
#include <utility>

#include "foundation/base/assert.hpp"
#include "foundation/base/bytes.hpp"
#include "foundation/crypto/secret_memory.hpp"

namespace tesseras::crypto {

// Overwrites with zeros in a way that the compiler may not leave out.
void cleanse(base::MutableByteSpan bytes) noexcept;

// Time depends on the sizes only, not on where the bytes differ.
[[nodiscard]] bool equal_constant_time(base::ByteSpan a, base::ByteSpan b) noexcept;

// A secret of known size. Moved from, it has no bytes, and may be destroyed or assigned to.
template <std::size_t N>
class SecretBytes {
 public:
  static constexpr std::size_t size_bytes = N;

  SecretBytes() : memory_(N) {}  // zeros, to be filled

  // A copy of exactly N bytes. Whoever owns the originals zeroises them.
  static SecretBytes copy_of(base::ByteSpan from) {
    ASSERT(from.size() == N);
    SecretBytes secret;
    std::ranges::copy(from, secret.mutable_span().begin());
    return secret;
  }

  // Said aloud, so that a second copy of a secret is never an accident.
  SecretBytes clone() const { return copy_of(span()); }

  base::ByteSpan span() const { return memory_.span(); }
  base::MutableByteSpan mutable_span() { return memory_.mutable_span(); }

  friend bool operator==(const SecretBytes& a, const SecretBytes& b) {
    return equal_constant_time(a.span(), b.span());
  }

 private:
  SecretMemory memory_;
};

// A secret whose size is known at run time only. It never grows: a buffer that reallocates
// leaves copies behind.
class SecretBuffer {
 public:
  SecretBuffer() = default;
  explicit SecretBuffer(std::size_t size_bytes) : memory_(size_bytes), size_(size_bytes) {}

  SecretBuffer(SecretBuffer&& other) noexcept
      : memory_(std::move(other.memory_)), size_(std::exchange(other.size_, 0)) {}
  SecretBuffer& operator=(SecretBuffer&& other) noexcept {
    memory_ = std::move(other.memory_);
    size_ = std::exchange(other.size_, 0);
    return *this;
  }

  static SecretBuffer copy_of(base::ByteSpan from) {
    SecretBuffer secret(from.size());
    std::ranges::copy(from, secret.mutable_span().begin());
    return secret;
  }

  std::size_t size() const { return size_; }
  base::ByteSpan span() const { return memory_.span().first(size_); }
  base::MutableByteSpan mutable_span() { return memory_.mutable_span().first(size_); }

  // Keeps the first `size_bytes` and zeroises the rest, e.g. to drop a line's end.
  void truncate(std::size_t size_bytes) {
    ASSERT(size_bytes <= size_);
    cleanse(mutable_span().subspan(size_bytes));
    size_ = size_bytes;
  }

  friend bool operator==(const SecretBuffer& a, const SecretBuffer& b) {
    return equal_constant_time(a.span(), b.span());
  }

 private:
  SecretMemory memory_;
  std::size_t size_ = 0;
};

}  // namespace tesseras::crypto
