// What a MemoryDisk is made of: each file and folder as a running program sees it, and as it
// would be found after the power went. Private to disk_memory.cpp.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "foundation/runtime/disk.hpp"
#include "foundation/runtime/prng.hpp"

namespace tesseras::runtime {

struct Inode;
using InodePtr = std::shared_ptr<Inode>;
using Names = std::map<std::string, InodePtr>;

// A write that is not synced: bytes put at an offset, or, where there are none, a new size.
struct ContentChange {
  std::uint64_t offset = 0;
  base::Bytes bytes;
  bool is_truncation = false;
};

// Names that change together: a name and what it means now, null for nothing.
using NameChange = std::vector<std::pair<std::string, InodePtr>>;

struct Inode {
  FileKind kind = FileKind::file;
  std::uint64_t number = 0;
  std::uint32_t permissions = 0;
  base::WallTime modified;
  bool fails_reads = false;

  // Of a file.
  base::Bytes live;
  base::Bytes durable;
  std::vector<ContentChange> unsynced;

  // Of a folder.
  Names names;
  Names durable_names;
  std::vector<NameChange> unsynced_names;

  void write(std::uint64_t offset, base::ByteSpan bytes);
  void truncate(std::uint64_t size_bytes);
  void change_names(NameChange change);
  void sync();
  // Decides what of the unsynced is found after the power went; does not look below a folder.
  void lose_power(std::uint64_t seed, Prng& prng);
};

}  // namespace tesseras::runtime
