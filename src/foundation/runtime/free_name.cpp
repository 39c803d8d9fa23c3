#include "foundation/runtime/free_name.hpp"

namespace tesseras::runtime {

Result<void> remove_if_there(Disk& disk, const path& file) {
  auto removed = disk.remove(file);
  if (!removed && removed.error().code == base::Code::not_found) return {};
  return removed;
}

Result<std::unique_ptr<File>> create_anew(Disk& disk, const path& file, std::uint32_t permissions) {
  TRY(remove_if_there(disk, file));
  return disk.create(file, permissions);
}

}  // namespace tesseras::runtime
