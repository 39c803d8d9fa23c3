// The vault's maxima, and why.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace tesseras::vault {

struct Limits {
  // Blobs below this lie in packs: a file each would cost more in names and syncs than in
  // bytes. Those of this size and more are files, so that they can be read, linked and checked
  // with ordinary tools.
  static constexpr std::size_t small_blob_bytes_max = 64 * 1024 - 1;

  // A record's payload: a small blob, or a commit record of at most some 10,000 tesserae. A
  // scanner that finds a larger size takes it for damage.
  static constexpr std::uint32_t payload_bytes_max = 1024 * 1024;

  // A pack that has grown to this gets no more records, so that rewriting one stays quick.
  static constexpr std::uint64_t pack_full_bytes = 64ULL * 1024 * 1024;
  // A transaction's small blobs of this size together become a pack by renaming; fewer are
  // copied behind the current one, so that packs stay few.
  static constexpr std::uint64_t spool_becomes_pack_bytes = 4ULL * 1024 * 1024;
  // Eight digits name a pack.
  static constexpr std::uint32_t packs_max = 99'999'999;

  // A MANIFEST larger than this is refused at a rebuild: 100,000 files need about 60 MB.
  static constexpr std::uint64_t manifest_bytes_max = 1ULL << 30;

  // Shorter prefixes of a hash name too many things by chance.
  static constexpr std::size_t prefix_digits_min = 8;

  // Younger leftovers may belong to a writer that is still at work.
  static constexpr std::chrono::seconds orphan_age = std::chrono::hours(1);
  // Listing all blobs takes a moment; commits do it no more often than this.
  static constexpr std::chrono::seconds sweep_pause = std::chrono::hours(1);

  // How long a writer waits for its turn. A commit of 100,000 files takes seconds.
  static constexpr std::chrono::milliseconds lock_patience = std::chrono::seconds(60);
};

}  // namespace tesseras::vault
