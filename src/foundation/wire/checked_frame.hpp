// Frames in a file that only grows, each with a checksum: 4 bytes of length, little-endian; the
// first 16 bytes of BLAKE3 of the payload; the payload. Whoever reads such a file finds what is
// whole of it after a power cut or a fault of the medium. Against somebody who means harm the
// checksum is nothing: it has no key.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "foundation/base/bytes.hpp"
#include "foundation/crypto/blake3.hpp"

namespace tesseras::wire {

// Writes and reads frames of one file. For one thread at a time.
class CheckedFrames {
 public:
  static constexpr std::size_t head_bytes = 20;

  // A length above `payload_bytes_max` is damage.
  explicit CheckedFrames(std::size_t payload_bytes_max) : payload_bytes_max_(payload_bytes_max) {}

  // `payload` has at least 1 byte, and at most the maximum.
  base::Bytes frame(base::ByteSpan payload);
  // The payload of the frame that `bytes` begin with, borrowed; nullopt when there is no whole one.
  std::optional<base::ByteSpan> payload_at(base::ByteSpan bytes);

 private:
  std::size_t payload_bytes_max_;
  // Always at its beginning: making one, and clearing it away, costs as much as half of a short
  // hash, and a start reads millions of frames.
  crypto::Blake3 hasher_;
};

}  // namespace tesseras::wire
