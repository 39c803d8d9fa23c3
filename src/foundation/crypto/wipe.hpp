// For bytes that have a secret in them on its way through buffers that were not made for secrets,
// such as a message: nothing of them is left in memory that is given back.
#pragma once

#include <cstddef>

#include "foundation/base/bytes.hpp"
#include "foundation/crypto/secret.hpp"

namespace tesseras::crypto {

// Zeroises when it is dropped; also where that happens to a coroutine that waits. The bytes outlive
// it, and may have been moved from.
class Wiper {
 public:
  explicit Wiper(base::Bytes& bytes) : bytes_(bytes) {}
  ~Wiper() { cleanse(bytes_); }
  Wiper(const Wiper&) = delete;
  Wiper& operator=(const Wiper&) = delete;

 private:
  base::Bytes& bytes_;
};

// Room for so many more bytes. Where that takes other memory, what was there is zeroised.
void reserve_wiping(base::Bytes& bytes, std::size_t more);
// Appends them, as that.
void append_wiping(base::Bytes& to, base::ByteSpan bytes);

}  // namespace tesseras::crypto
