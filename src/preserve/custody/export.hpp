// Handing a tessera on: as a folder, a tar or a bag, none of which needs software of ours.
#pragma once

#include "foundation/base/strong_id.hpp"
#include "preserve/custody/files.hpp"
#include "preserve/custody/tools.hpp"

namespace tesseras::custody {

enum class ExportFormat {
  folder,  // DEST/tessera-<hash>/
  tar,     // DEST/tessera-<hash>.tar: MANIFEST, both signatures, then files as MANIFEST lists them
  bag,     // DEST/tessera-<hash>-bag/: BagIt 1.0 (RFC 8493) with SHA-256 and SHA-512
};

struct Exported {
  path at;
  std::uint64_t files = 0;
  std::uint64_t size_bytes = 0;
  bool completed = false;  // it was there in part, or whole, and is now whole
};

// Writes the files of one tessera below `destination` (made when missing). What is written was
// hashed on its way and is durable; the name appears when all is there.
//   conflict   something else stands there already; a part of the same export is completed
//   corrupt    a file of the tessera is damaged: nothing wrong is handed on
//   and the disk's errors; nothing half-written keeps the final name.
Result<Exported> export_tessera(Files& files, const path& destination, ExportFormat format,
                                Tools& tools);

}  // namespace tesseras::custody
