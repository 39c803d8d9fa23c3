// Every maximum of this library, with its reason. Those of the format stand in spec/tessera.md
// and may not shrink.
#pragma once

#include <cstddef>
#include <cstdint>

namespace tesseras::tessera {

struct Limits {
  // A line is about 250 bytes: room for a million files, and still small enough to be read whole.
  static constexpr std::size_t manifest_bytes_max = std::size_t{256} << 20U;
  static constexpr std::size_t manifest_files_max = 1'000'000;
  // The shortest possible line of a file; bounds what is reserved before lines are parsed.
  static constexpr std::size_t manifest_line_bytes_min = 158;

  // What Linux, macOS and Windows (with long paths) can all still create.
  static constexpr std::size_t path_bytes_max = 4096;
  static constexpr std::size_t path_component_bytes_max = 255;
  // A longer title is a description, which has a place of its own.
  static constexpr std::size_t title_bytes_max = 1024;
  // RFC 5646 section 4.4.1 asks for at least 35; no real tag comes near twice that.
  static constexpr std::size_t language_bytes_max = 64;
  // RFC 6838 section 4.2: 127 for each half.
  static constexpr std::size_t media_type_half_bytes_max = 127;
  // Every file system counts in signed 64 bits.
  static constexpr std::uint64_t file_bytes_max = (std::uint64_t{1} << 63U) - 1;
  static constexpr std::uint32_t collection_members_max = 1'000'000;
  // Three digits, so that `cat media.mp4.part-*` puts them in order. 999 parts of a gibibyte.
  static constexpr std::uint32_t media_parts_max = 999;
  static constexpr std::size_t extension_bytes_max = 8;

  static constexpr std::size_t ed25519_key_bytes = 32;    // RFC 8032
  static constexpr std::size_t mldsa65_key_bytes = 1952;  // FIPS 204, table 2
  static constexpr std::size_t xwing_key_bytes = 1216;    // ML-KEM-768's 1184 and X25519's 32

  // Equal files are one memory, and a hundred thousand of them are possible: at some 150 bytes
  // each they fit twice.
  static constexpr std::size_t meta_bytes_max = std::size_t{32} << 20U;
  // What we write is 4 deep; the rest is for keys that later writers add.
  static constexpr std::size_t meta_depth_max = 16;

  // A page that a phone still opens.
  static constexpr std::size_t gallery_page_memories = 500;
  // A screenful or two of words; the whole is one link away.
  static constexpr std::size_t gallery_excerpt_bytes = 4096;
  // Longer than any caption; what goes on is read in context.txt.
  static constexpr std::size_t gallery_context_bytes = 1500;
  // What a screen reader should say of a picture before the visitor may go on.
  static constexpr std::size_t gallery_alternative_bytes = 250;

  // More than anybody reads; a folder that is not a tessera at all may hold millions.
  static constexpr std::size_t verdict_extras_max = 10'000;
  // Faults named on the line of one memory.
  static constexpr std::size_t verdict_faults_named_max = 4;
};

}  // namespace tesseras::tessera
