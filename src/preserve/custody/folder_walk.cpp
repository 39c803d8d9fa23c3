#include "preserve/custody/folder_walk.hpp"

#include <utility>

#include "preserve/tessera/limits.hpp"

namespace tesseras::custody {

FolderWalk::FolderWalk(runtime::Disk& disk, path folder)
    : disk_(&disk), folder_(std::move(folder)) {}

Result<std::optional<WalkedFolder>> FolderWalk::next() {
  if (pending_.empty()) return std::nullopt;
  WalkedFolder folder{std::move(pending_.front()), {}};
  pending_.pop_front();
  for (auto& [name, kind] : TRY(disk_->list(folder_ / folder.relative))) {
    std::string relative = folder.relative.empty() ? std::move(name) : folder.relative + "/" + name;
    const bool is_folder = kind == runtime::FileKind::folder;
    const bool is_too_deep = is_folder && relative.size() > tessera::Limits::path_bytes_max;
    if (is_folder && !is_too_deep) pending_.push_back(relative);
    folder.entries.push_back({std::move(relative), kind, is_too_deep});
  }
  return folder;
}

}  // namespace tesseras::custody
