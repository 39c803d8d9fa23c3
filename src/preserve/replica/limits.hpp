// Every maximum of this library, with its reason. Those that two machines must agree on stand in
// spec/plan.md and spec/transfer.md.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

#include "foundation/transport/limits.hpp"
#include "preserve/dht/rate_limit.hpp"

namespace tesseras::replica {

struct Limits {
  // Fragments go through memory in pieces of this: large enough for the machine's vector units and
  // for disks, and a hundred at once are nothing to a small machine.
  static constexpr std::size_t piece_bytes = std::size_t{256} << 10U;
  // And go out in parts of this: each has a deadline of its own, and on the slowest line there may
  // be, four such parts side by side take half of it.
  static constexpr std::size_t progress_bytes = std::size_t{64} << 10U;
  // Void frames in the log of references, beyond as many as are of use, before it is written again.
  // They take less than 200 KiB.
  static constexpr std::uint64_t void_frames_max = 1024;
  // Parts of fragments that nobody is sending now, and what they take on the disk: enough for some
  // hundred lines that break, and nothing that is missed. Whoever leaves more of them on purpose
  // drives out what others could have gone on with, and costs them no more than sending it again.
  static constexpr std::size_t leftovers_max = 256;
  static constexpr std::uint64_t leftover_bytes_max = std::uint64_t{512} << 20U;
  // And for how long: a machine that is on at weekends goes on at the next one.
  static constexpr std::chrono::hours leftover_time{7 * 24};
  static constexpr std::chrono::hours tidying_time{1};
  // Checks of one object, one after another, to which the disk says that it cannot read it: then it
  // will not be read any more. A disk that fails as a whole, for a while, is not so meant.
  static constexpr unsigned refused_checks_max = 3;

  // Each fragment that is kept is charged with so much, to whom it is and to the operator: a small
  // one costs a plan and three files, and two blocks of the disk for each, too.
  static constexpr std::uint64_t charged_bytes_min = std::uint64_t{64} << 10U;
  static constexpr std::uint64_t charged_bytes(std::uint64_t size_bytes) {
    return size_bytes < charged_bytes_min ? charged_bytes_min : size_bytes;
  }
  // Fragments that are kept and promised: each takes some 700 bytes of memory for as long as this
  // runs, and 183 of a log that every start reads. That is 180 MiB and 46 MiB; so many fragments of
  // a MiB are a quarter of a TiB, and who gives more than that keeps large ones.
  static constexpr std::uint64_t references_max = std::uint64_t{1} << 18U;

  // A peer from which nothing comes, or that takes nothing, for so long is gone.
  static constexpr std::chrono::seconds silence_max{30};
  // And so is one that is slower than this, over all of a fragment: else a few that send a byte now
  // and then would have all the places there are.
  static constexpr std::uint64_t slowest_bytes_per_second = std::uint64_t{16} << 10U;
  // Offers and other requests without bytes behind them. A slow disk checks a plan and writes it.
  static constexpr std::chrono::seconds answer_time_max{30};
  // From when the last byte has come until all of a fragment is on the medium: 21 MiB, and others
  // before it.
  static constexpr std::chrono::seconds keeping_time_max{120};

  // Room is promised for so long before bytes come in.
  static constexpr std::chrono::minutes promise_time{10};
  // Each holds a signed plan of some 10 KB. A peer hands on four at a time.
  static constexpr std::size_t promises_per_peer_max = 16;
  static constexpr std::size_t promises_per_network_max = 32;
  static constexpr std::size_t promises_max = 128;
  // Fragments that come in, or go out, at once: in all, of one peer, and of one network, which may
  // have several peers and must leave room for others. Each has a piece in memory and an open file.
  static constexpr std::size_t receiving_max = 16;
  static constexpr std::size_t receiving_per_peer_max = 4;
  static constexpr std::size_t receiving_per_network_max = 8;
  static constexpr std::size_t giving_max = 32;
  static constexpr std::size_t giving_per_peer_max = 8;
  static constexpr std::size_t giving_per_network_max = 16;
  // Of these, those that are read from the packs of the user's own tesserae: each opens the vault
  // and reads a MANIFEST first, which is more work than opening a file.
  static constexpr std::size_t giving_own_max = 8;
  static constexpr std::size_t giving_own_per_peer_max = 4;
  static constexpr std::size_t giving_own_per_network_max = 4;

  // Offers that are looked into: two signatures are checked for each, which takes some 0.4 ms. Who
  // hands on a whole vault of small tesserae is slowed down; a network can take up 4 % of a core.
  static constexpr dht::Rate offers_per_peer{64, std::chrono::milliseconds(50)};
  static constexpr dht::Rate offers_per_network{256, std::chrono::milliseconds(10)};

  // Retractions that are kept, of 8 to 10 KB each, and 200 bytes of memory: 160 MB at the most. One
  // is kept of a tessera that was here only, and an author takes back a few in a lifetime.
  static constexpr std::size_t retractions_max = std::size_t{1} << 14U;

  // From when the last of so many bytes was written until the answer: bytes are written when the
  // transport has them, and it may have so many of them still.
  static constexpr std::chrono::seconds answer_time_after(std::uint64_t bytes) {
    constexpr std::uint64_t buffered_max = transport::Limits{}.stream_unacknowledged_bytes_max;
    return time_for(bytes < buffered_max ? bytes : buffered_max) + keeping_time_max;
  }

  // On disk: as many holders as there may be, each with its endpoints.
  static constexpr std::size_t roster_bytes_max = std::size_t{64} << 10U;

  // Until when so many bytes have come, or gone, at the slowest.
  static constexpr std::chrono::seconds time_for(std::uint64_t bytes) {
    return 2 * silence_max + std::chrono::seconds(bytes / slowest_bytes_per_second);
  }
};

}  // namespace tesseras::replica
