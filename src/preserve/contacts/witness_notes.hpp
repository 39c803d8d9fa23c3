// Which nodes are witnesses of which tessera, as its author knows: nowhere else is it written who
// they are. For whoever tells them so (a daemon), a file each in DATA_DIR/witnesses/, mode 0600,
// under the content hash in hexadecimal: a NodeId a line, in hexadecimal, ascending.
#pragma once

#include <span>
#include <vector>

#include "foundation/base/result.hpp"
#include "foundation/base/strong_id.hpp"
#include "foundation/runtime/disk.hpp"
#include "preserve/dht/node_id.hpp"

namespace tesseras::contacts {

using base::Result;

class WitnessNotes {
 public:
  // Touches nothing yet. The disk outlives the notes.
  WitnessNotes(runtime::Disk& disk, const runtime::path& data_dir);

  // Over what was noted of it before. denied, io, exhausted as the disk says.
  Result<void> write(const base::ContentHash& hash, std::span<const dht::NodeId> nodes);

  // Ascending. not_found: nothing is noted of it, and so of every tessera that others have made.
  // corrupt: the note is damaged; the message names the file. Else as the disk says.
  Result<std::vector<dht::NodeId>> read(const base::ContentHash& hash) const;

 private:
  runtime::path file_of(const base::ContentHash& hash) const;

  runtime::Disk& disk_;
  runtime::path folder_;
};

}  // namespace tesseras::contacts
