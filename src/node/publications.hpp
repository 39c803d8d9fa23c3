// Which tesserae this node tells the network that it keeps: a file of their hashes, so that a
// restart goes on telling. For one thread, under the lock of who runs the node.
#pragma once

#include <set>
#include <span>

#include "foundation/base/result.hpp"
#include "foundation/base/strong_id.hpp"
#include "foundation/runtime/disk.hpp"

namespace tesseras::node {

class Publications {
 public:
  // A line each is read, and the file written as a whole: this many are 6.5 MB.
  static constexpr std::size_t count_max = 100'000;

  // Of `file`, in a folder that is there; none when there is no such file. `disk` outlives it.
  // corrupt: the file is none of ours, and the message says what to do; else the disk's errors.
  static base::Result<Publications> open(runtime::Disk& disk, runtime::path file);

  // Durable when this returns. exhausted: there are count_max; else the disk's errors, and nothing
  // has changed.
  base::Result<void> add(const base::ContentHash& content_hash);
  // Any number of them, with one write; none are no write.
  base::Result<void> remove(std::span<const base::ContentHash> content_hashes);

  const std::set<base::ContentHash>& all() const { return all_; }

 private:
  Publications(runtime::Disk& disk, runtime::path file) : disk_(&disk), file_(std::move(file)) {}
  base::Result<void> write(const std::set<base::ContentHash>& all);

  runtime::Disk* disk_;
  runtime::path file_;
  std::set<base::ContentHash> all_;
};

}  // namespace tesseras::node
