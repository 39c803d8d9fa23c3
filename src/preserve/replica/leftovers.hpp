// What has come of fragments that nobody is sending any more (spec/holding.md, section 5): files
// that the next sender goes on with, for a while. Private to this library.
#pragma once

#include <cstdint>
#include <set>
#include <utility>
#include <vector>

#include "foundation/base/result.hpp"
#include "foundation/base/time.hpp"
#include "foundation/runtime/disk.hpp"
#include "preserve/replica/reference.hpp"

namespace tesseras::replica {

// The files in a folder of incoming fragments, but for those that are being received. Errors of all
// these are the disk's.
class Leftovers {
 public:
  static base::Result<Leftovers> find(runtime::Disk& disk, const runtime::path& folder,
                                      const std::set<FragmentName>& being_received);

  std::uint64_t size_bytes() const;
  // Removes what was not written to since `before`. How many bytes that were.
  base::Result<std::uint64_t> clear(base::WallTime before) const;
  // Removes the oldest, so that there is a place for one more (Limits::leftovers_max).
  base::Result<void> make_place() const;

 private:
  struct File {
    runtime::path at;
    base::WallTime modified;
    std::uint64_t size_bytes = 0;
  };

  Leftovers(runtime::Disk& disk, std::vector<File> files)
      : disk_(&disk), files_(std::move(files)) {}
  base::Result<void> remove(const File& file) const;

  runtime::Disk* disk_;
  std::vector<File> files_;  // the oldest first
};

}  // namespace tesseras::replica
