#include "foundation/runtime/disk_memory.hpp"

#include <algorithm>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <set>

#include "foundation/base/assert.hpp"
#include "foundation/base/text.hpp"
#include "foundation/runtime/memory_inode.hpp"

namespace tesseras::runtime {

using base::Code;
using base::fail;

struct MemoryDisk::State {
  // A path taken apart: the folder that holds the last name, and what stands there.
  struct Place {
    InodePtr folder;  // null when the path is the root itself
    std::string name;
    InodePtr inode;  // null when there is nothing
  };

  mutable std::mutex mutex;
  std::condition_variable unlocked;
  InodePtr root = std::make_shared<Inode>();
  std::uint64_t next_number = 2;
  std::uint64_t operations = 0;
  std::optional<std::uint64_t> fails_at;
  Code failure = Code::io;
  std::optional<std::uint64_t> dies_at;
  bool is_dead = false;
  std::uint64_t generation = 0;
  std::optional<std::uint64_t> capacity_bytes;
  std::optional<std::uint64_t> inodes_max;
  bool read_only = false;
  base::WallTime now{1'767'225'600, 0};
  std::set<std::string> locked;
  Prng prng{1};

  static std::unexpected<base::Error> failed(Code code, std::string_view action, const path& at,
                                             std::string_view why) {
    return fail(code, "cannot {} {}: {}", action, base::to_printable(at.native()), why);
  }

  Result<void> alive(std::string_view action, const path& at) const {
    if (is_dead) return failed(Code::io, action, at, "the power is gone");
    return {};
  }

  // Counts an operation, and fails it where a test wants that.
  Result<void> count(std::string_view action, const path& at) {
    TRY(alive(action, at));
    ++operations;
    if (dies_at == operations) {
      is_dead = true;
      return alive(action, at);
    }
    if (fails_at == operations) return failed(failure, action, at, "as the test asked");
    if (read_only) return failed(Code::denied, action, at, "the file system is read-only");
    return {};
  }

  Result<Place> place(std::string_view action, const path& at) const {
    TRY(alive(action, at));
    Place found{nullptr, "", root};
    for (const path& part : at.lexically_normal().relative_path()) {
      if (part.empty() || part == ".") continue;
      if (!found.inode || found.inode->kind != FileKind::folder)
        return failed(Code::not_found, action, at, "there is no such file or folder");
      found.folder = found.inode;
      found.name = part.native();
      const auto entry = found.folder->names.find(found.name);
      found.inode = entry == found.folder->names.end() ? nullptr : entry->second;
    }
    return found;
  }

  Result<Place> existing(std::string_view action, const path& at) const {
    Place found = TRY(place(action, at));
    if (!found.inode) return failed(Code::not_found, action, at, "there is no such file or folder");
    return found;
  }

  Result<InodePtr> existing_file(std::string_view action, const path& at) const {
    const Place found = TRY(existing(action, at));
    if (found.inode->kind != FileKind::file)
      return failed(Code::invalid, action, at, "it is a folder, not a file");
    return found.inode;
  }

  void each_inode(const std::function<void(Inode&)>& visit) const {
    std::set<const Inode*> seen;
    std::vector<InodePtr> left{root};
    while (!left.empty()) {
      const InodePtr inode = left.back();
      left.pop_back();
      if (!seen.insert(inode.get()).second) continue;
      visit(*inode);
      for (const auto& [name, child] : inode->names) left.push_back(child);
    }
  }

  std::uint64_t used_bytes() const {
    std::uint64_t sum = 0;
    each_inode([&](const Inode& inode) { sum += inode.live.size(); });
    return sum;
  }

  std::uint64_t used_inodes() const {
    std::uint64_t sum = 0;
    each_inode([&](const Inode&) { ++sum; });
    return sum;
  }

  Result<InodePtr> make(const Place& at, const path& name, FileKind kind,
                        std::uint32_t permissions) {
    TRY(count("create", name));
    if (inodes_max && used_inodes() >= *inodes_max)
      return failed(Code::exhausted, "create", name, "no inodes left; remove some files");
    auto inode = std::make_shared<Inode>();
    inode->kind = kind;
    inode->number = next_number++;
    inode->permissions = permissions;
    inode->modified = now;
    at.folder->change_names({{at.name, inode}});
    return inode;
  }

  FileStatus status_of(const Inode& inode) const {
    return {inode.kind, inode.live.size(), inode.modified, 1, inode.number, inode.permissions};
  }
};

class MemoryFile final : public File {
 public:
  MemoryFile(std::shared_ptr<MemoryDisk::State> state, InodePtr inode, path name)
      : state_(std::move(state)),
        inode_(std::move(inode)),
        name_(std::move(name)),
        generation_(state_->generation) {}

  Result<std::size_t> read_at(std::uint64_t offset, MutableByteSpan into) override {
    const std::lock_guard lock(state_->mutex);
    TRY(alive("read"));
    if (inode_->fails_reads)
      return MemoryDisk::State::failed(Code::io, "read", name_, "as the test asked");
    const base::Bytes& live = inode_->live;
    if (offset >= live.size()) return 0;
    const std::size_t size = std::min<std::size_t>(into.size(), live.size() - offset);
    std::ranges::copy(ByteSpan(live).subspan(offset, size), into.begin());
    return size;
  }

  Result<void> append(ByteSpan bytes) override {
    const std::lock_guard lock(state_->mutex);
    TRY(alive("write"));
    const std::uint64_t end = inode_->live.size();
    if (auto counted = state_->count("write", name_); !counted) {
      if (counted.error().code != Code::denied)
        inode_->write(end, bytes.first(state_->prng.below(bytes.size() + 1)));
      return counted;
    }
    if (state_->capacity_bytes) {
      const std::uint64_t used = state_->used_bytes();
      const std::uint64_t room = std::max(*state_->capacity_bytes, used) - used;
      if (bytes.size() > room) {
        inode_->write(end, bytes.first(room));
        return MemoryDisk::State::failed(Code::exhausted, "write", name_,
                                         "no space left; make room");
      }
    }
    inode_->write(end, bytes);
    inode_->modified = state_->now;
    return {};
  }

  Result<void> truncate(std::uint64_t size_bytes) override {
    const std::lock_guard lock(state_->mutex);
    TRY(alive("shorten"));
    TRY(state_->count("shorten", name_));
    inode_->truncate(size_bytes);
    return {};
  }

  Result<void> sync() override {
    const std::lock_guard lock(state_->mutex);
    TRY(alive("sync"));
    TRY(state_->count("sync", name_));
    inode_->sync();
    return {};
  }

  Result<FileStatus> status() const override {
    const std::lock_guard lock(state_->mutex);
    TRY(alive("look at"));
    return state_->status_of(*inode_);
  }

 private:
  Result<void> alive(std::string_view action) const {
    if (generation_ != state_->generation)
      return MemoryDisk::State::failed(Code::io, action, name_, "the power went while it was open");
    return state_->alive(action, name_);
  }

  std::shared_ptr<MemoryDisk::State> state_;
  InodePtr inode_;
  path name_;
  std::uint64_t generation_;
};

class MemoryLock final : public Lock {
 public:
  MemoryLock(std::shared_ptr<MemoryDisk::State> state, std::string name)
      : state_(std::move(state)), name_(std::move(name)), generation_(state_->generation) {}
  MemoryLock(const MemoryLock&) = delete;
  MemoryLock& operator=(const MemoryLock&) = delete;
  ~MemoryLock() override {
    const std::lock_guard lock(state_->mutex);
    if (generation_ != state_->generation) return;
    state_->locked.erase(name_);
    state_->unlocked.notify_all();
  }

 private:
  std::shared_ptr<MemoryDisk::State> state_;
  std::string name_;
  std::uint64_t generation_;
};

MemoryDisk::MemoryDisk() : state_(std::make_shared<State>()) {
  state_->root->kind = FileKind::folder;
  state_->root->number = 1;
  state_->root->permissions = 0755;
}

MemoryDisk::~MemoryDisk() = default;

std::uint64_t MemoryDisk::operations() const {
  const std::lock_guard lock(state_->mutex);
  return state_->operations;
}

void MemoryDisk::fail_operation(std::uint64_t n, Code code) {
  const std::lock_guard lock(state_->mutex);
  state_->fails_at = state_->operations + n;
  state_->failure = code;
}

void MemoryDisk::lose_power_at(std::uint64_t n) {
  const std::lock_guard lock(state_->mutex);
  state_->dies_at = state_->operations + n;
}

void MemoryDisk::lose_power(std::uint64_t seed) {
  const std::lock_guard lock(state_->mutex);
  Prng prng(seed);
  // each_inode looks at a folder's names only after the visit that settles them.
  state_->each_inode([&](Inode& inode) { inode.lose_power(seed, prng); });
  state_->is_dead = false;
  state_->dies_at.reset();
  state_->fails_at.reset();
  state_->locked.clear();
  ++state_->generation;
  state_->unlocked.notify_all();
}

void MemoryDisk::set_capacity_bytes(std::optional<std::uint64_t> capacity_bytes) {
  const std::lock_guard lock(state_->mutex);
  state_->capacity_bytes = capacity_bytes;
}

void MemoryDisk::set_inodes_max(std::optional<std::uint64_t> inodes_max) {
  const std::lock_guard lock(state_->mutex);
  state_->inodes_max = inodes_max;
}

std::uint64_t MemoryDisk::used_bytes() const {
  const std::lock_guard lock(state_->mutex);
  return state_->used_bytes();
}

std::uint64_t MemoryDisk::used_inodes() const {
  const std::lock_guard lock(state_->mutex);
  return state_->used_inodes();
}

void MemoryDisk::set_read_only(bool read_only) {
  const std::lock_guard lock(state_->mutex);
  state_->read_only = read_only;
}

void MemoryDisk::flip_bit(const path& file, std::uint64_t offset_bytes, unsigned bit) {
  const std::lock_guard lock(state_->mutex);
  const auto inode = state_->existing_file("damage", file);
  ASSERT(inode && offset_bytes < (*inode)->live.size() && bit < 8);
  const auto mask = static_cast<std::byte>(1U << bit);
  (*inode)->live[offset_bytes] ^= mask;
  if (offset_bytes < (*inode)->durable.size()) (*inode)->durable[offset_bytes] ^= mask;
}

void MemoryDisk::fail_reads(const path& file, bool fails) {
  const std::lock_guard lock(state_->mutex);
  const auto inode = state_->existing_file("damage", file);
  ASSERT(inode);
  (*inode)->fails_reads = fails;
}

void MemoryDisk::set_now(base::WallTime now) {
  const std::lock_guard lock(state_->mutex);
  state_->now = now;
}

Result<std::unique_ptr<File>> MemoryDisk::open_read(const path& file) {
  const std::lock_guard lock(state_->mutex);
  return std::make_unique<MemoryFile>(state_, TRY(state_->existing_file("open", file)), file);
}

Result<std::unique_ptr<File>> MemoryDisk::create(const path& file, std::uint32_t permissions) {
  const std::lock_guard lock(state_->mutex);
  const auto place = TRY(state_->place("create", file));
  if (place.inode)
    return State::failed(Code::conflict, "create", file, "something of that name is there");
  auto inode = TRY(state_->make(place, file, FileKind::file, permissions));
  return std::make_unique<MemoryFile>(state_, std::move(inode), file);
}

Result<std::unique_ptr<File>> MemoryDisk::open_append(const path& file) {
  const std::lock_guard lock(state_->mutex);
  auto inode = TRY(state_->existing_file("open", file));
  if (state_->read_only)
    return State::failed(Code::denied, "open", file, "the file system is read-only");
  return std::make_unique<MemoryFile>(state_, std::move(inode), file);
}

Result<FileStatus> MemoryDisk::status(const path& at) {
  const std::lock_guard lock(state_->mutex);
  return state_->status_of(*TRY(state_->existing("look at", at)).inode);
}

Result<std::vector<FolderEntry>> MemoryDisk::list(const path& folder) {
  const std::lock_guard lock(state_->mutex);
  const auto place = TRY(state_->existing("list", folder));
  if (place.inode->kind != FileKind::folder)
    return State::failed(Code::invalid, "list", folder, "it is not a folder");
  std::vector<FolderEntry> entries;
  for (const auto& [name, inode] : place.inode->names) entries.push_back({name, inode->kind});
  return entries;
}

Result<void> MemoryDisk::make_folders(const path& folder, std::uint32_t permissions) {
  const std::lock_guard lock(state_->mutex);
  path at;
  for (const path& part : folder) {
    at /= part;
    const auto place = TRY(state_->place("make the folder", at));
    if (place.inode && place.inode->kind == FileKind::folder) continue;
    if (place.inode)
      return State::failed(Code::conflict, "make the folder", at, "a file of that name is there");
    TRY(state_->make(place, at, FileKind::folder, permissions));
  }
  return {};
}

Result<void> MemoryDisk::rename(const path& from, const path& to) {
  const std::lock_guard lock(state_->mutex);
  const auto source = TRY(state_->existing("rename", from));
  const auto target = TRY(state_->place("rename to", to));
  if (!source.folder || !target.folder)
    return State::failed(Code::invalid, "rename", from, "the root stays where it is");
  if (target.inode && target.inode->kind == FileKind::folder)
    return State::failed(Code::conflict, "rename to", to, "a folder of that name is there");
  TRY(state_->count("rename", from));
  if (source.folder == target.folder) {
    if (source.name != target.name)
      source.folder->change_names({{source.name, nullptr}, {target.name, source.inode}});
    return {};
  }
  target.folder->change_names({{target.name, source.inode}});
  source.folder->change_names({{source.name, nullptr}});
  return {};
}

Result<void> MemoryDisk::link(const path& from, const path& to) {
  const std::lock_guard lock(state_->mutex);
  auto inode = TRY(state_->existing_file("link", from));
  const auto target = TRY(state_->place("link to", to));
  if (target.inode)
    return State::failed(Code::conflict, "link to", to, "something of that name is there");
  TRY(state_->count("link to", to));
  target.folder->change_names({{target.name, std::move(inode)}});
  return {};
}

Result<void> MemoryDisk::remove(const path& file_or_empty_folder) {
  const std::lock_guard lock(state_->mutex);
  const auto place = TRY(state_->existing("remove", file_or_empty_folder));
  if (!place.folder || !place.inode->names.empty())
    return State::failed(Code::conflict, "remove", file_or_empty_folder, "the folder is not empty");
  TRY(state_->count("remove", file_or_empty_folder));
  place.folder->change_names({{place.name, nullptr}});
  return {};
}

Result<void> MemoryDisk::remove_tree(const path& folder) {
  const std::lock_guard lock(state_->mutex);
  const auto place = TRY(state_->place("remove", folder));
  if (!place.inode) return {};
  // From the leaves up, a name at a time: a crash in between leaves a part of it.
  struct Level {
    InodePtr inode;
    path at;
  };
  std::vector<Level> left{{place.inode, folder}};
  while (!left.empty()) {
    const Level top = left.back();
    const auto& names = top.inode->names;
    const auto inner =
        std::ranges::find_if(names, [](const auto& entry) { return !entry.second->names.empty(); });
    if (inner != names.end()) {
      left.push_back({inner->second, top.at / inner->first});
      continue;
    }
    while (!names.empty()) {
      TRY(state_->count("remove", top.at / names.begin()->first));
      top.inode->change_names({{names.begin()->first, nullptr}});
    }
    left.pop_back();
  }
  TRY(state_->count("remove", folder));
  if (place.folder) place.folder->change_names({{place.name, nullptr}});
  return {};
}

Result<void> MemoryDisk::set_modified(const path& file, base::WallTime time) {
  const std::lock_guard lock(state_->mutex);
  const auto place = TRY(state_->existing("set the time of", file));
  TRY(state_->count("set the time of", file));
  place.inode->modified = time;
  return {};
}

Result<void> MemoryDisk::sync(std::span<const path> files_and_folders) {
  const std::lock_guard lock(state_->mutex);
  for (const path& at : files_and_folders) {
    const auto place = TRY(state_->existing("sync", at));
    TRY(state_->count("sync", at));
    place.inode->sync();
  }
  return {};
}

Result<void> MemoryDisk::sync_tree(const path& folder) {
  const std::lock_guard lock(state_->mutex);
  std::vector<InodePtr> left{TRY(state_->existing("sync", folder)).inode};
  while (!left.empty()) {
    const InodePtr top = std::move(left.back());
    left.pop_back();
    TRY(state_->count("sync", folder));
    top->sync();
    for (const auto& [name, inode] : top->names) left.push_back(inode);
  }
  return {};
}

Result<std::uint64_t> MemoryDisk::free_bytes(const path& at) {
  const std::lock_guard lock(state_->mutex);
  TRY(state_->existing("look at the file system of", at));
  if (!state_->capacity_bytes) return std::uint64_t{1} << 40U;
  const std::uint64_t used = state_->used_bytes();
  return std::max(*state_->capacity_bytes, used) - used;
}

Result<std::unique_ptr<Lock>> MemoryDisk::lock(const path& file,
                                               std::chrono::milliseconds patience) {
  std::unique_lock lock(state_->mutex);
  const auto place = TRY(state_->place("lock", file));
  if (state_->read_only)
    return State::failed(Code::denied, "lock", file, "the file system is read-only");
  if (!place.inode) TRY(state_->make(place, file, FileKind::file, 0600));
  const std::string name = file.lexically_normal().native();
  if (!state_->unlocked.wait_for(lock, patience, [&] { return !state_->locked.contains(name); }))
    return State::failed(Code::unavailable, "lock", file, "another process holds it; try again");
  TRY(state_->alive("lock", file));
  state_->locked.insert(name);
  return std::make_unique<MemoryLock>(state_, name);
}

}  // namespace tesseras::runtime
