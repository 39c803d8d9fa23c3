// Bytes that must not outlive their use. Move-only, zeroised when destroyed or moved from,
// compared in constant time, and never printed: nothing here makes text of them.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <limits>
#include <memory>
#include <utility>

#include "foundation/base/assert.hpp"
#include "foundation/base/bytes.hpp"

namespace tesseras::crypto {

// Overwrites with zeros in a way that the compiler may not leave out.
void cleanse(base::MutableByteSpan bytes) noexcept;

// Time depends on the sizes only, not on where the bytes differ.
[[nodiscard]] bool equal_constant_time(base::ByteSpan a, base::ByteSpan b) noexcept;

// A secret of known size, in place.
template <std::size_t N>
class SecretBytes {
 public:
  static constexpr std::size_t size_bytes = N;

  SecretBytes() = default;  // zeros, to be filled
  ~SecretBytes() { cleanse(bytes_); }

  SecretBytes(const SecretBytes&) = delete;
  SecretBytes& operator=(const SecretBytes&) = delete;

  SecretBytes(SecretBytes&& other) noexcept : bytes_(other.bytes_) { cleanse(other.bytes_); }
  SecretBytes& operator=(SecretBytes&& other) noexcept {
    if (this != &other) {
      bytes_ = other.bytes_;
      cleanse(other.bytes_);
    }
    return *this;
  }

  // A copy of exactly N bytes. Whoever owns the originals zeroises them.
  static SecretBytes copy_of(base::ByteSpan from) {
    ASSERT(from.size() == N);
    SecretBytes secret;
    std::ranges::copy(from, secret.bytes_.begin());
    return secret;
  }

  // Said aloud, so that a second copy of a secret is never an accident.
  SecretBytes clone() const { return copy_of(bytes_); }

  base::ByteSpan span() const { return bytes_; }
  base::MutableByteSpan mutable_span() { return bytes_; }

  friend bool operator==(const SecretBytes& a, const SecretBytes& b) {
    return equal_constant_time(a.bytes_, b.bytes_);
  }

 private:
  std::array<std::byte, N> bytes_{};
};

// A secret whose size is known at run time only. It never grows: a buffer that reallocates
// leaves copies behind.
class SecretBuffer {
 public:
  SecretBuffer() = default;
  explicit SecretBuffer(std::size_t size_bytes)
      : bytes_(std::make_unique<std::byte[]>(size_bytes)), size_(size_bytes) {}
  ~SecretBuffer() { cleanse(mutable_span()); }

  SecretBuffer(const SecretBuffer&) = delete;
  SecretBuffer& operator=(const SecretBuffer&) = delete;

  SecretBuffer(SecretBuffer&& other) noexcept
      : bytes_(std::move(other.bytes_)), size_(std::exchange(other.size_, 0)) {}
  SecretBuffer& operator=(SecretBuffer&& other) noexcept {
    if (this != &other) {
      cleanse(mutable_span());
      bytes_ = std::move(other.bytes_);
      size_ = std::exchange(other.size_, 0);
    }
    return *this;
  }

  static SecretBuffer copy_of(base::ByteSpan from) {
    // No span is longer; saying so keeps gcc from warning of a copy that cannot happen.
    ASSERT(from.size() <= std::numeric_limits<std::ptrdiff_t>::max());
    SecretBuffer secret(from.size());
    std::ranges::copy(from, secret.bytes_.get());
    return secret;
  }

  std::size_t size() const { return size_; }
  base::ByteSpan span() const { return {bytes_.get(), size_}; }
  base::MutableByteSpan mutable_span() { return {bytes_.get(), size_}; }

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
  std::unique_ptr<std::byte[]> bytes_;
  std::size_t size_ = 0;
};

}  // namespace tesseras::crypto
