// The encrypted stream of a tessera, content.enc (spec/encryption.md, section 3): AES-256-GCM in
// chunks of 64 KiB, each bound to its place, its tessera and its date. After Hoang, Reyhanitabar,
// Rogaway and Vizár, "Online Authenticated-Encryption and its Nonce-Reuse Misuse-Resistance", 2015:
// STREAM.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "foundation/base/result.hpp"
#include "foundation/crypto/aead.hpp"
#include "preserve/sealing/content_key.hpp"

namespace tesseras::sealing {

using base::Result;

// Padmé: at most 12 % more. `pack_bytes` is at least 2.
std::uint64_t padded_bytes(std::uint64_t pack_bytes);
// With the tags. `plain_bytes` is at least 1.
std::uint64_t sealed_bytes(std::uint64_t plain_bytes);
// corrupt: no stream has that size.
Result<std::uint64_t> plain_bytes(std::uint64_t sealed_bytes);

// Encrypts what comes, in constant memory. A writer's end without finish() is a stream that no
// reader takes for whole. One thread at a time.
class ContentWriter {
 public:
  // Takes ciphertext, in order; its error ends the writing.
  using Sink = std::function<Result<void>(base::ByteSpan)>;

  // A key serves for one stream: another one of other bytes would give both away.
  ContentWriter(const ContentKey& key, const Capsule& capsule, Sink sink);

  Result<void> append(base::ByteSpan plain);
  // The last chunk, after zeros up to padded_bytes of what was appended.
  Result<void> finish();

 private:
  Result<void> seal_chunk(base::ByteSpan plain, bool is_last);

  crypto::Aes256Gcm cipher_;
  base::Bytes associated_;
  Sink sink_;
  base::Bytes plain_, sealed_;
  std::uint64_t chunk_ = 0;
  std::uint64_t appended_bytes_ = 0;
};

// Decrypts any part of it, a chunk at a time. One thread at a time.
class ContentReader {
 public:
  // Fills the span from that offset of the ciphertext; fewer bytes than asked only at its end.
  using ReadAt = std::function<Result<std::size_t>(std::uint64_t offset, base::MutableByteSpan)>;

  // Compare the key with its commitment before: here a wrong one is as a damaged stream.
  // corrupt: no stream has that size.
  static Result<ContentReader> open(const ContentKey& key, const Capsule& capsule,
                                    std::uint64_t sealed_bytes, ReadAt read_at);

  std::uint64_t size_bytes() const { return plain_bytes_; }  // with the padding
  // Fills `into` from `offset`; fewer bytes than asked only at the end. What is given has been
  // authenticated; that nothing is missing behind it, only the last chunk says.
  // corrupt: a chunk was changed, moved, cut off, or is another tessera's; errors of the source.
  Result<std::size_t> read_at(std::uint64_t offset, base::MutableByteSpan into);

 private:
  ContentReader(const ContentKey& key, const Capsule& capsule, std::uint64_t plain_bytes,
                ReadAt read_at);
  Result<void> open_chunk(std::uint64_t chunk);

  crypto::Aes256Gcm cipher_;
  base::Bytes associated_;
  ReadAt read_at_;
  std::uint64_t plain_bytes_;
  base::Bytes plain_, sealed_;
  std::optional<std::uint64_t> in_plain_;  // the chunk that is there
};

}  // namespace tesseras::sealing
