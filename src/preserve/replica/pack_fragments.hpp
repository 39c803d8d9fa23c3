// The fragments of a pack that we have ourselves, for giving them away. Those that are the pack,
// piece by piece, are read from it; the others are made once, and lie in a folder until all have
// been given.
#pragma once

#include <functional>
#include <memory>

#include "foundation/runtime/disk.hpp"
#include "preserve/erasure/coding.hpp"
#include "preserve/replica/plan.hpp"
#include "preserve/replica/transfer.hpp"

namespace tesseras::replica {

// A pack to read, for one thread at a time; a new one each time. Any thread.
using OpenPack = std::function<Result<erasure::ReadPack>()>;

// Reads a fragment that is the pack, or a piece of it, from an offset on, for one thread at a time.
// Errors of `read`.
ReadNext reads_piece(const erasure::Shape& shape, erasure::ReadPack read, unsigned fragment,
                     std::uint64_t offset);

class PackFragments {
 public:
  // Reads all of the pack once, and writes into `folder` (its own; made anew) what is not in the
  // pack: m of k + m fragments, half of the pack's size. Blocks. `disk` outlives it.
  // corrupt: the pack is not the one of the plan. Errors of `open` and of the disk.
  static Result<std::shared_ptr<const PackFragments>> make(runtime::Disk& disk,
                                                           runtime::path folder, const Plan& plan,
                                                           OpenPack open);
  // The folder goes.
  ~PackFragments();
  PackFragments(const PackFragments&) = delete;
  PackFragments& operator=(const PackFragments&) = delete;

  // Begins to read a fragment at an offset, for one thread at a time; any thread. What it returns
  // is not for longer than this. Errors as make().
  Result<ReadNext> open(unsigned fragment, std::uint64_t offset) const;

 private:
  PackFragments(runtime::Disk& disk, runtime::path folder, const erasure::Shape& shape,
                OpenPack open)
      : disk_(disk), folder_(std::move(folder)), shape_(shape), open_(std::move(open)) {}

  runtime::Disk& disk_;
  runtime::path folder_;
  erasure::Shape shape_;
  OpenPack open_;
};

}  // namespace tesseras::replica
