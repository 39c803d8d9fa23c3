// Everything below a folder, one folder at a time: for whoever must know all that lies there.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "preserve/custody/tools.hpp"

namespace tesseras::custody {

struct WalkEntry {
  std::string relative;  // below the folder that is walked, separated by '/'
  runtime::FileKind kind = runtime::FileKind::file;
  // A folder whose path is longer than a file of a tessera may have: it is not walked into. This
  // is what bounds the depth.
  bool is_too_deep = false;
};

struct WalkedFolder {
  std::string relative;  // empty for the folder that is walked
  std::vector<WalkEntry> entries;
};

// Breadth first, without recursion; links are told and never followed. A folder is read only when
// its turn comes, so that a caller may stop at the first thing that does not belong. The disk must
// outlive the walk.
class FolderWalk {
 public:
  FolderWalk(runtime::Disk& disk, path folder);

  // The next folder, the walked one first, with its entries in the order of Disk::list; nullopt
  // after the last. Fails as Disk::list does.
  Result<std::optional<WalkedFolder>> next();

 private:
  runtime::Disk* disk_;
  path folder_;
  std::deque<std::string> pending_{""};
};

}  // namespace tesseras::custody
