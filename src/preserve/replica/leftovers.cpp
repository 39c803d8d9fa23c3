#include "preserve/replica/leftovers.hpp"

#include <algorithm>

#include "preserve/replica/holding_layout.hpp"
#include "preserve/replica/limits.hpp"

namespace tesseras::replica {

using base::Result;
using runtime::path;

Result<Leftovers> Leftovers::find(runtime::Disk& disk, const path& folder,
                                  const std::set<FragmentName>& being_received) {
  std::vector<File> files;
  for (const auto& entry : TRY(disk.list(folder))) {
    const auto name = incoming_name(entry.name);
    if (!name || being_received.contains(*name)) continue;
    const auto status = TRY(disk.status(folder / entry.name));
    files.push_back({folder / entry.name, status.modified, status.size_bytes});
  }
  std::ranges::sort(files, {}, &File::modified);
  return Leftovers(disk, std::move(files));
}

std::uint64_t Leftovers::size_bytes() const {
  std::uint64_t bytes = 0;
  for (const File& file : files_) bytes += file.size_bytes;
  return bytes;
}

Result<void> Leftovers::remove(const File& file) const {
  TRY(disk_->remove(file.at));
  (void)disk_->remove(tree_of(file.at));
  return {};
}

Result<std::uint64_t> Leftovers::clear(base::WallTime before) const {
  std::uint64_t cleared_bytes = 0;
  for (const File& file : files_) {
    if (file.modified >= before) break;
    TRY(remove(file));
    cleared_bytes += file.size_bytes;
  }
  return cleared_bytes;
}

Result<void> Leftovers::make_place() const {
  for (std::size_t i = 0; i + Limits::leftovers_max <= files_.size(); ++i) TRY(remove(files_[i]));
  return {};
}

}  // namespace tesseras::replica
