// Every maximum of this library, with its reason.
#pragma once

#include <cstddef>
#include <cstdint>

namespace tesseras::replica {

struct Limits {
  // Fragments go through memory in pieces of this: large enough for the machine's vector units and
  // for disks, and a hundred at once are nothing to a small machine.
  static constexpr std::size_t piece_bytes = 256 * 1024;

  // Void frames in the log of references, beyond as many as are of use, before it is written again.
  // They take less than 200 KiB.
  static constexpr std::uint64_t void_frames_max = 1024;
};

}  // namespace tesseras::replica
