// Every maximum of this library, with its reason. Those that two machines must agree on stand in
// spec/plan.md and spec/transfer.md.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace tesseras::replica {

struct Limits {
  // Fragments go through memory in pieces of this: large enough for the machine's vector units and
  // for disks, and a hundred at once are nothing to a small machine.
  static constexpr std::size_t piece_bytes = std::size_t{256} << 10U;
  // Void frames in the log of references, beyond as many as are of use, before it is written again.
  // They take less than 200 KiB.
  static constexpr std::uint64_t void_frames_max = 1024;
  // Fragments of which a part has come, and that nobody is sending now. Each offer counts them.
  static constexpr std::size_t leftovers_max = 256;

  // A peer from which nothing comes, or that takes nothing, for so long is gone.
  static constexpr std::chrono::seconds silence_max{30};
  // And so is one that is slower than this, over all of a fragment: else a few that send a byte now
  // and then would have all the places there are.
  static constexpr std::uint64_t slowest_bytes_per_second = std::uint64_t{16} << 10U;
  // Offers and other requests without bytes behind them. A slow disk checks a plan and writes it.
  static constexpr std::chrono::seconds answer_time_max{30};
  // From the last byte until all of a fragment is on the medium: 21 MiB, and others before it.
  static constexpr std::chrono::seconds keeping_time_max{120};

  // Room is promised for so long before bytes come in.
  static constexpr std::chrono::minutes promise_time{10};
  // Each holds a signed plan of some 10 KB, and two open files where a part has come before. A peer
  // hands on four at a time.
  static constexpr std::size_t promises_per_peer_max = 16;
  static constexpr std::size_t promises_max = 128;
  // Fragments that come in, or go out, at once: in all, and of one peer. Each has a piece in memory
  // and an open file.
  static constexpr std::size_t receiving_max = 16;
  static constexpr std::size_t receiving_per_peer_max = 4;
  static constexpr std::size_t giving_max = 32;
  static constexpr std::size_t giving_per_peer_max = 8;

  // Until when so many bytes have come, or gone, at the slowest.
  static constexpr std::chrono::seconds time_for(std::uint64_t bytes) {
    return 2 * silence_max + std::chrono::seconds(bytes / slowest_bytes_per_second);
  }
};

}  // namespace tesseras::replica
