// The files of one tessera, wherever they lie: in a vault, or in a folder that somebody handed on.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "foundation/base/strong_id.hpp"
#include "preserve/custody/hashing.hpp"
#include "preserve/custody/tools.hpp"
#include "preserve/tessera/manifest.hpp"
#include "preserve/vault/vault.hpp"

namespace tesseras::custody {

// One file being read; see Source for how `read` behaves.
struct OpenFile {
  std::uint64_t size_bytes = 0;
  Source read;
};

// What lies among the files of a tessera and is none of them.
struct Extra {
  std::string decoded_path;
  std::string_view reason;  // "is not listed in MANIFEST"; a constant

  auto operator<=>(const Extra&) const = default;
};

class Files {
 public:
  virtual ~Files() = default;

  // not_found when there is no such folder, or no such tessera, to look into; invalid when the
  // folder has nothing of a tessera; else the disk's.
  virtual Result<void> find() = 0;
  // not_found when there is none, corrupt when it is larger than any may be; else the disk's.
  virtual Result<std::string> manifest() = 0;
  // One of the two signature files, at most 64 KiB; errors as for manifest().
  virtual Result<base::Bytes> signature(std::string_view path) = 0;
  // A listed file. not_found when it is missing, invalid when it is no regular file.
  virtual Result<OpenFile> open(const tessera::ManifestEntry& entry) = 0;
  // All that lies there and does not belong to a tessera with this MANIFEST. Sorted.
  virtual Result<std::vector<Extra>> extra(const tessera::Manifest& manifest) = 0;
};

// Both borrow what they are given.
std::unique_ptr<Files> files_in_vault(vault::Vault& vault, const base::ContentHash& hash);
std::unique_ptr<Files> files_in_folder(runtime::Disk& disk, path folder);

// All of a file that must be small (at most Limits::small_file_bytes_max): corrupt when it is
// larger or its BLAKE3 is not the listed one.
Result<std::string> read_small(Files& files, const tessera::ManifestEntry& entry);

}  // namespace tesseras::custody
