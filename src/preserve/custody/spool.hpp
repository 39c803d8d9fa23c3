// Small files that are made now and read later, too many to be held in memory and not to be seen
// meanwhile: one temporary file, encrypted under a key that is never written down. What a crash
// leaves of it is noise.
#pragma once

#include <memory>
#include <mutex>
#include <unordered_map>

#include "foundation/crypto/aead.hpp"
#include "foundation/crypto/blake3.hpp"
#include "preserve/custody/scratch.hpp"

namespace tesseras::custody {

class Spool {
 public:
  // `disk` is borrowed. Errors of Scratch::make and the disk's.
  static Result<std::unique_ptr<Spool>> make(runtime::Disk& disk);

  // Bytes of this BLAKE3; twice is as once. Any thread. exhausted: the disk is full.
  Result<void> put(const crypto::Blake3Hash& hash, base::ByteSpan bytes);
  bool has(const crypto::Blake3Hash& hash) const { return places_.contains(hash); }
  // Of a hash that was put. corrupt: the medium gives back something else.
  Result<base::Bytes> get(const crypto::Blake3Hash& hash);

 private:
  struct Place {
    std::uint64_t offset = 0;
    std::size_t size_bytes = 0;  // without the tag
    std::uint64_t number = 0;    // in the order of writing
  };

  Spool(std::unique_ptr<Scratch> scratch, std::unique_ptr<runtime::File> file,
        crypto::Aes256Gcm cipher);

  std::unique_ptr<Scratch> scratch_;
  std::unique_ptr<runtime::File> file_;
  std::mutex mutex_;
  crypto::Aes256Gcm cipher_;
  std::unordered_map<crypto::Blake3Hash, Place> places_;
  std::uint64_t size_bytes_ = 0;
};

}  // namespace tesseras::custody
