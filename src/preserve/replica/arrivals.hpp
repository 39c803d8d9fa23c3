// What has come of fragments that are not kept yet (spec/holding.md, section 5): a file for each
// sender of each, with one writer at a time, that the same sender goes on with after a break.
// Private to this library.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <utility>

#include "foundation/base/result.hpp"
#include "foundation/base/time.hpp"
#include "foundation/runtime/disk.hpp"
#include "preserve/replica/holding_layout.hpp"

namespace tesseras::replica {

// Any thread. What says so reads and writes the disk, and returns its errors; nothing else waits
// for it, nor for those that do.
class Arrivals {
 public:
  // The disk must outlive it.
  Arrivals(runtime::Disk& disk, HoldingLayout layout) : disk_(disk), layout_(std::move(layout)) {}

  // Finds what there is, as well as can be: the rest is found when its sender comes again. Disk.
  void load();

  // From here to end() the file has its writer. conflict: it has one already.
  base::Result<void> begin(const IncomingName& name);
  // Its writer is gone, and has left so many bytes.
  void end(const IncomingName& name, std::uint64_t left_bytes);

  // What the last writer left; 0 while there is one.
  std::uint64_t left_bytes(const IncomingName& name) const;
  // What all have left.
  std::uint64_t left_bytes() const;

  // Removes what was left longest ago, where there is too much (Limits::leftovers_max,
  // leftover_bytes_max) to begin another one. Disk.
  base::Result<void> make_place();
  // Removes what was not written to since `before`. How many bytes that were. Disk.
  base::Result<std::uint64_t> clear(base::WallTime before);
  // Removes what anybody has left of a fragment, as well as can be. Disk.
  void remove(const FragmentName& fragment);

 private:
  struct File {
    std::uint64_t bytes = 0;
    std::uint64_t order = 0;  // the one left last has the highest
    bool is_taken = false;    // by a writer, or who removes it
  };
  using Files = std::map<IncomingName, File>;

  bool take(const IncomingName& name);
  void put_back(const IncomingName& name);
  // Of one that is taken.
  base::Result<void> remove_taken(const IncomingName& name);
  // The one left longest ago, taken; nullopt: there is not too much.
  std::optional<IncomingName> take_oldest();

  runtime::Disk& disk_;
  HoldingLayout layout_;
  mutable std::mutex mutex_;  // not held while the disk works
  Files files_;
  std::uint64_t left_bytes_ = 0;  // of those that are not taken
  std::size_t left_ = 0;
  std::uint64_t next_order_ = 1;
};

}  // namespace tesseras::replica
