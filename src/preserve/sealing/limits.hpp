// Every maximum of this library, with its reason. All stand in spec/encryption.md
// and spec/witness.md.
#pragma once

#include <cstddef>
#include <cstdint>

namespace tesseras::sealing {

struct Limits {
  // What is encrypted, and checked, at once: little enough to be held many times over, so much that
  // the tags cost nothing.
  static constexpr std::size_t chunk_bytes = std::size_t{64} << 10U;
  static constexpr std::size_t tag_bytes = 16;
  static constexpr std::size_t sealed_chunk_bytes = chunk_bytes + tag_bytes;

  // Fewest entries of an envelope: a family's readers are not to be counted.
  static constexpr std::size_t envelope_entries_min = 4;
  // Some 1.2 MB of them, each tried by a reader: a village, not a public.
  static constexpr std::size_t envelope_entries_max = 1024;

  // Parts of one key: more people and machines than a family can ask, and a file below 40 KB.
  static constexpr std::size_t witnesses_max = 32;
};

}  // namespace tesseras::sealing
