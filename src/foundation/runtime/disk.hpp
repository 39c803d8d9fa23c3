// The one seam to files. Everything that must survive a power cut goes through it, so that a
// test can give it a disk that tears writes, fails them, fills up and loses power.
//
// Bodies: posix_disk() for real ones, MemoryDisk for tests; disk_suite.hpp holds both to this.
// Paths are bytes; the last component is never followed when it is a symbolic link.
// Every function is safe to call from several threads; a File is not.
//
// Errors, the same everywhere, each naming the path:
//   not_found    no such file or folder: it vanished, or was never there
//   conflict     something is there already
//   denied       permissions, or a read-only file system
//   exhausted    no space, no inodes, or over quota (the message says which)
//   invalid      a symbolic link, device or folder where a file was wanted; a name too long
//   unsupported  one name for two file systems
//   io           the medium failed
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "foundation/base/bytes.hpp"
#include "foundation/base/result.hpp"
#include "foundation/base/time.hpp"

namespace tesseras::runtime {

using base::ByteSpan;
using base::MutableByteSpan;
using base::Result;
using std::filesystem::path;

enum class FileKind { file, folder, symlink, other };

struct FileStatus {
  FileKind kind = FileKind::file;
  std::uint64_t size_bytes = 0;
  base::WallTime modified;
  std::uint64_t device = 0;  // device and inode together name the file while it exists
  std::uint64_t inode = 0;
  std::uint32_t permissions = 0;  // the nine mode bits

  bool operator==(const FileStatus&) const = default;
};

struct FolderEntry {
  std::string name;  // bytes as the file system has them, not necessarily UTF-8
  FileKind kind = FileKind::file;

  auto operator<=>(const FolderEntry&) const = default;
};

// An open file; destruction closes it and makes nothing durable.
class File {
 public:
  virtual ~File() = default;

  // Fills `into` from `offset`; fewer bytes than asked only at the end of the file.
  virtual Result<std::size_t> read_at(std::uint64_t offset, MutableByteSpan into) = 0;
  // Writes all of `bytes` behind the end. After an error the end may hold part of them.
  virtual Result<void> append(ByteSpan bytes) = 0;
  virtual Result<void> truncate(std::uint64_t size_bytes) = 0;
  // Returns when contents and size have reached the medium. An error here means that nothing
  // written since the last success can be trusted to be there.
  virtual Result<void> sync() = 0;
  virtual Result<FileStatus> status() const = 0;
  // Tells the system to begin writing what was appended, without waiting for it.
  virtual void begin_writeback() {}
  // For reading from the medium instead of a cache: drops what the system has cached of it.
  virtual void drop_cached() {}
};

// Held until destroyed, and given up by the system when the process dies.
class Lock {
 public:
  virtual ~Lock() = default;
};

class Disk {
 public:
  virtual ~Disk() = default;

  virtual Result<std::unique_ptr<File>> open_read(const path& file) = 0;
  // A new file, open for appending and reading; conflict when the name is taken.
  virtual Result<std::unique_ptr<File>> create(const path& file, std::uint32_t permissions) = 0;
  // An existing file, open for appending and reading.
  virtual Result<std::unique_ptr<File>> open_append(const path& file) = 0;

  virtual Result<FileStatus> status(const path& at) = 0;
  // Everything in a folder but "." and "..", sorted by the bytes of the names.
  virtual Result<std::vector<FolderEntry>> list(const path& folder) = 0;

  // The folder and those above it that are missing; no error when it is there already.
  virtual Result<void> make_folders(const path& folder, std::uint32_t permissions) = 0;
  // Atomic; replaces a file of the new name.
  virtual Result<void> rename(const path& from, const path& to) = 0;
  // A second name of the same file; conflict when the name is taken.
  virtual Result<void> link(const path& from, const path& to) = 0;
  virtual Result<void> remove(const path& file_or_empty_folder) = 0;
  // The folder and all in it, links not followed; no error when it is not there.
  virtual Result<void> remove_tree(const path& folder) = 0;
  virtual Result<void> set_modified(const path& file, base::WallTime time) = 0;

  // Returns when each of these has reached the medium: a file's contents and size, a folder's
  // names. Many at once are cheaper than one after another. On an error none can be trusted.
  virtual Result<void> sync(std::span<const path> files_and_folders) = 0;
  // The same of a folder and all that is in it, of which there may be very many.
  virtual Result<void> sync_tree(const path& folder) = 0;

  virtual Result<std::uint64_t> free_bytes(const path& at) = 0;

  // Waits up to `patience` for the exclusive lock on a file (made when missing), between
  // processes and between threads; unavailable when another holds it for longer.
  virtual Result<std::unique_ptr<Lock>> lock(const path& file,
                                             std::chrono::milliseconds patience) = 0;
};

// The operating system's files. Lives as long as the program.
Disk& posix_disk();

}  // namespace tesseras::runtime
