// What somebody hands in: a folder, or an archive of one. Hostile until proven otherwise: entries
// come one after another, none is trusted to be small, and nothing is written anywhere.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "foundation/base/bytes.hpp"
#include "preserve/custody/tools.hpp"

namespace tesseras::custody {

struct PackageEntry {
  std::string path;  // relative, "/" between its parts, checked: no "..", nothing absolute
  std::optional<std::uint64_t> size_bytes;  // as the package says, if it does
  bool is_folder = false;                   // there is nothing to read then
};

class Package {
 public:
  virtual ~Package() = default;

  // The next regular file or folder, or nullopt at the end; a folder need not come before what
  // it holds, nor at all in an archive. invalid, naming the entry, for a link, a device or an
  // unsafe name; corrupt for an archive that cannot be read; exhausted for one that grows as only
  // a bomb does.
  virtual Result<std::optional<PackageEntry>> next() = 0;
  // The next bytes of the file that next() returned; fewer than asked only at its end.
  virtual Result<std::size_t> read(base::MutableByteSpan into) = 0;
};

// One that lies somewhere, and can be read again.
class StoredPackage : public Package {
 public:
  // Back before the first file.
  virtual Result<void> rewind() = 0;
};

// A folder (paths begin with the folder's own name) or a tar or zip archive, told by its bytes;
// tar may be compressed with gzip, bzip2, xz or zstd. `disk` is borrowed. unsupported when it is
// neither. A requested `stop` ends next() of an archive as cancelled, even amid a large entry.
Result<std::unique_ptr<StoredPackage>> open_package(runtime::Disk& disk, const path& at,
                                                    std::stop_token stop);

// Nothing when a package may hold a file of this name, else why not.
std::string_view package_path_fault(std::string_view path);

}  // namespace tesseras::custody
