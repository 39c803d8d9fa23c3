// BLAKE3 ("BLAKE3: one function, fast everywhere", 2020), by its authors' own C and assembly.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "foundation/base/bytes.hpp"
#include "foundation/base/strong_id.hpp"
#include "foundation/crypto/secret.hpp"

namespace tesseras::crypto {

struct Blake3HashTag;
using Blake3Hash = base::StrongId<Blake3HashTag, 32>;

// Of bytes that come piece by piece. Pieces of 128 KiB and more use the machine's vector units
// best. It never allocates, is copied with what it has hashed so far, and is zeroised when
// destroyed, since keys and key material go through it too.
class Blake3 {
 public:
  Blake3();  // the plain hash
  static Blake3 keyed(const SecretBytes<32>& key);
  // Key derivation, section 2.3 mode 3: `context` is a constant of ours, never made of input.
  static Blake3 for_derive_key(std::string_view context);

  Blake3(const Blake3&) = default;
  Blake3& operator=(const Blake3&) = default;
  ~Blake3() { cleanse(state_); }

  void update(base::ByteSpan bytes);
  // The hash of all so far; more may follow.
  Blake3Hash hash() const;
  // The same 32 bytes where they are a key.
  SecretBytes<32> secret() const;
  // hash(), and then back to the beginning, in the same mode and with the same key.
  Blake3Hash finish();

 private:
  // Room for blake3_hasher, whose header stays in the .cpp file.
  alignas(8) std::array<std::byte, 1912> state_;
};

Blake3Hash blake3(base::ByteSpan bytes);

SecretBytes<32> blake3_derive_key(std::string_view context, base::ByteSpan material);

}  // namespace tesseras::crypto
