// Every maximum of this library, with its reason.
#pragma once

#include <cstddef>
#include <cstdint>

namespace tesseras::custody {

struct Limits {
  // What `tes publish` will take in one tessera (decision 6): fragments of a manageable size.
  static constexpr std::uint64_t published_media_bytes_max = std::uint64_t{1} << 30U;
  // And with all that belongs to it: a quarter more, as nodes keep where nothing else is
  // configured. Of an encrypted one this is all that is seen; what rounding adds to it is at most 3
  // % at that size.
  static constexpr std::uint64_t published_pack_bytes_max =
      published_media_bytes_max + published_media_bytes_max / 4;

  // Read and hashed at a time: large enough for BLAKE3's vector units and for the disk, small
  // enough that a few threads with two each stay far below 200 MiB.
  static constexpr std::size_t chunk_bytes = std::size_t{1} << 20U;
  // From here on SHA-256 of one file runs on a thread of its own beside BLAKE3 and the copy.
  static constexpr std::uint64_t parallel_hash_bytes_min = std::uint64_t{16} << 20U;

  // Text memories shown whole in the gallery; longer ones are cut and linked.
  static constexpr std::size_t gallery_text_bytes_max = 4000;
  // meta.json names every source of equal files; beyond this it is no longer a family's folder.
  static constexpr std::size_t small_file_bytes_max = std::size_t{64} << 20U;

  // An archive whose bytes grow this much before a single file of a tessera was seen, or over
  // all, unpacks itself to fill disks: DEFLATE ends at 1032, and no photograph comes near 100.
  static constexpr std::uint64_t archive_growth_max = 200;
  static constexpr std::uint64_t archive_growth_free_bytes = std::uint64_t{64} << 20U;
  // A MANIFEST's million files and as many folders: where none was found among so many, none
  // comes, and each entry costs time though it holds nothing.
  static constexpr std::uint64_t archive_entries_max = 2'000'000;
};

}  // namespace tesseras::custody
