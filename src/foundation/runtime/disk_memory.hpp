// A disk in memory that fails as real ones do, when a test asks for it: it loses power, tears
// writes, runs full, turns read-only, flips bits. It has no symbolic links. For tests and
// simulations; the same calls and the same seed give the same disk.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "foundation/runtime/disk.hpp"

namespace tesseras::runtime {

class MemoryDisk final : public Disk {
 public:
  MemoryDisk();
  ~MemoryDisk() override;
  MemoryDisk(const MemoryDisk&) = delete;
  MemoryDisk& operator=(const MemoryDisk&) = delete;

  // Operations that change something, failed ones included: each create, append, truncate,
  // rename, link, remove, new folder, time, and each file or folder synced.
  std::uint64_t operations() const;

  // The n-th such operation from now (1: the next) fails with `code`. An append that fails so
  // has written a part.
  void fail_operation(std::uint64_t n, base::Code code);
  // The power goes at the n-th operation from now: it and everything after it, reads too,
  // fails with io until lose_power() says what is found afterwards.
  void lose_power_at(std::uint64_t n);

  // Power off and on. What was synced is there. Of the rest, every write is kept, lost, torn at
  // a byte or a sector of 512 bytes, or leaves zeros; every change of a name is kept or lost;
  // each independently of the others, but for a rename within one folder, which is one change.
  // Seed 0 loses all of it, seed 1 keeps all of it. Files that were open fail with io from
  // now on, and locks are given up.
  void lose_power(std::uint64_t seed);

  // Room for files' bytes, and for files and folders; nullopt: no end.
  void set_capacity_bytes(std::optional<std::uint64_t> capacity_bytes);
  void set_inodes_max(std::optional<std::uint64_t> inodes_max);
  std::uint64_t used_bytes() const;
  std::uint64_t used_inodes() const;

  // As a file system mounted read-only: every change is denied.
  void set_read_only(bool read_only);
  // Damage on the medium; the file is there and longer than `offset_bytes`, `bit` is 0 to 7.
  void flip_bit(const path& file, std::uint64_t offset_bytes, unsigned bit);
  // Reading this file fails with io, from now on; or no longer.
  void fail_reads(const path& file, bool fails = true);
  // What new and changed files get as their time. At first 2026-01-01T00:00:00Z.
  void set_now(base::WallTime now);

  Result<std::unique_ptr<File>> open_read(const path& file) override;
  Result<std::unique_ptr<File>> create(const path& file, std::uint32_t permissions) override;
  Result<std::unique_ptr<File>> open_append(const path& file) override;
  Result<FileStatus> status(const path& at) override;
  Result<std::vector<FolderEntry>> list(const path& folder) override;
  Result<void> make_folders(const path& folder, std::uint32_t permissions) override;
  Result<void> rename(const path& from, const path& to) override;
  Result<void> link(const path& from, const path& to) override;
  Result<void> remove(const path& file_or_empty_folder) override;
  Result<void> remove_tree(const path& folder) override;
  Result<void> set_modified(const path& file, base::WallTime time) override;
  Result<void> sync(std::span<const path> files_and_folders) override;
  Result<void> sync_tree(const path& folder) override;
  Result<std::uint64_t> free_bytes(const path& at) override;
  Result<std::unique_ptr<Lock>> lock(const path& file, std::chrono::milliseconds patience) override;

 private:
  friend class MemoryFile;
  friend class MemoryLock;
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace tesseras::runtime
