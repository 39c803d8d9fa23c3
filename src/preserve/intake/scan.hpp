// What lies in a user's folder: a list of files to take, and of everything that is not taken
// and why. Nothing is dropped silently: every entry below the folder is in exactly one of
// `candidates`, `not_taken`, `describing`, or is a folder. A vault is one entry.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "foundation/base/result.hpp"
#include "foundation/runtime/disk.hpp"

namespace tesseras::intake {

using base::Result;
using std::filesystem::path;

// Paths below are relative to the scanned folder, "/" between their parts, and are bytes as the
// file system has them: not necessarily UTF-8, possibly with newlines.

struct Candidate {
  std::string relative;
  runtime::FileStatus status;  // as scanned; a file that differs when read has changed meanwhile
  std::optional<std::string> context;  // the file NAME.context.txt beside it
};

struct NotTaken {
  std::string relative;
  std::string reason;  // a short phrase: "symbolic link", "system file"

  bool operator==(const NotTaken&) const = default;
};

// A file that is no memory because it says something about others.
struct Describing {
  std::string relative;
  std::string describes;  // the file it belongs to; empty for tessera.toml: the whole folder

  bool operator==(const Describing&) const = default;
};

struct Scan {
  std::vector<Candidate> candidates;  // all lists are sorted by the bytes of `relative`
  std::vector<NotTaken> not_taken;
  std::vector<Describing> describing;
  bool has_description = false;  // there is a tessera.toml in the folder itself
};

constexpr std::string_view description_name = "tessera.toml";
constexpr std::string_view context_suffix = ".context.txt";

// invalid when `folder` is a link or no folder, not_found when it does not exist.
Result<void> require_folder(runtime::Disk& disk, const path& folder);

// Walks `folder` and all folders below it, in an order that does not depend on the file system.
// Not taken: symbolic links (never followed), devices, sockets and pipes, and the files that
// systems leave behind (.DS_Store, Thumbs.db, desktop.ini, ._*); nor vaults of tesserae, which
// stand there as one entry, and any file root.seed or root.seed.new, in whatever case: who
// publishes it, gives away how to sign as its owner. Other hidden files and folders are like any.
// NAME.context.txt is the context of NAME when NAME is a file beside it that is not a context
// itself; otherwise it is a file like any. Files are not opened here. Errors, each naming the path:
//   not_found    the folder does not exist, or something in it vanished meanwhile
//   denied       a folder that may not be read: nothing under it could be accounted for
//   invalid      `folder` is a file, a link or a vault; nested deeper than Limits::depth_max
//   exhausted    more than Limits::files_max entries
Result<Scan> scan(runtime::Disk& disk, const path& folder);

}  // namespace tesseras::intake
