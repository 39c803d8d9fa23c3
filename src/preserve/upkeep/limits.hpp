// Every maximum of this library, with its reason. Those that two machines must agree on, or that
// a promise rests on, stand in spec/audit.md and spec/repair.md.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace tesseras::upkeep {

struct Limits {
  // In one request. With the longest paths that there can be, the answer is 45 KB: it fits a frame.
  static constexpr std::size_t challenges_max = 16;
  // A fragment of the largest pack that a plan can name has fewer.
  static constexpr std::uint64_t chunk_end = std::uint64_t{1} << 53U;
  // Of a request, for chunks that are owed and fragments of which none was proved; the rest is
  // drawn over everything, so that no backlog keeps a new loss from being found.
  static constexpr std::size_t directed_max = challenges_max / 2;

  // What is written down of one peer. So many fragments of one are 64 TB of packs of 1 GiB.
  static constexpr std::size_t audited_fragments_max = std::size_t{1} << 16U;
  static constexpr std::size_t audit_note_bytes_max = std::size_t{4} << 20U;

  // A peer from which nothing comes for so long is silent.
  static constexpr std::chrono::seconds answer_time_max{30};
  // Each reads from the disk, one chunk after the other. Nobody needs more at once.
  static constexpr std::size_t proving_max = 16;
  static constexpr std::size_t proving_per_peer_max = 2;
  static constexpr std::size_t proving_per_network_max = 4;
};

}  // namespace tesseras::upkeep
