// Reading a file once: both hashes and a copy in one pass.
#pragma once

#include <functional>

#include "foundation/base/bytes.hpp"
#include "foundation/crypto/blake3.hpp"
#include "foundation/crypto/sha256.hpp"
#include "preserve/custody/tools.hpp"

namespace tesseras::custody {

struct Hashed {
  crypto::Blake3Hash blake3;
  crypto::Sha256Hash sha256;  // zeros when it was not asked for
  std::uint64_t size_bytes = 0;

  bool operator==(const Hashed&) const = default;
};

enum class Hashes { blake3_only, both };

// Takes what was read, in order; its error ends the reading.
using Sink = std::function<Result<void>(base::ByteSpan)>;
// Fills the span from the next byte on; fewer bytes than asked only at the end.
using Source = std::function<Result<std::size_t>(base::MutableByteSpan)>;

// Reads to the end. `size_bytes` is what to expect, and only guides the work. In a large file
// SHA-256 runs beside BLAKE3 and the sink. Errors: the source's, the sink's, cancelled.
Result<Hashed> read_hashed(const Source& source, std::uint64_t size_bytes, Hashes hashes,
                           const Sink& sink, Tools& tools);

// A source that reads a file from its beginning.
Source source_of(runtime::File& file);

Hashed hashed(base::ByteSpan bytes);

}  // namespace tesseras::custody
