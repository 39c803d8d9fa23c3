// Folders that one user has for himself: who may come in is a matter of safety, and whoever asks
// there wants to know whose they are. Always the system's own; what must survive a power cut goes
// through Disk.
#pragma once

#include <cstdint>
#include <filesystem>

#include "foundation/base/result.hpp"

namespace tesseras::runtime {

// The system's number of the user who may do everything.
inline constexpr std::uint32_t root_user = 0;

struct Ownership {
  std::uint32_t owner = 0;        // the system's number of the user
  std::uint32_t permissions = 0;  // the nine mode bits

  bool operator==(const Ownership&) const = default;
};

// Of a folder; links are followed. Errors: not_found (no such folder), invalid (a file stands
// there), denied, io.
base::Result<Ownership> ownership_of(const std::filesystem::path& folder);

// Makes it where it is missing, in a folder that is there, and gives it exactly these permissions,
// also when it was there before, and whatever the umask is. Errors: denied (it is another user's,
// or it cannot be made), invalid (a file or a link stands there), not_found (nothing to make it
// in), io.
base::Result<void> make_own_folder(const std::filesystem::path& folder, std::uint32_t permissions);

}  // namespace tesseras::runtime
