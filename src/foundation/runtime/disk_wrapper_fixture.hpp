// For tests: a disk that is another one, but for what a test changes in it.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "foundation/runtime/disk.hpp"

namespace tesseras::runtime {

// Passes every call on to another disk; a test overrides what is to go wrong.
class DiskWrapper : public Disk {
 public:
  explicit DiskWrapper(Disk& inner) : inner_(inner) {}

  Result<std::unique_ptr<File>> open_read(const path& file) override {
    return inner_.open_read(file);
  }
  Result<std::unique_ptr<File>> create(const path& file, std::uint32_t permissions) override {
    return inner_.create(file, permissions);
  }
  Result<std::unique_ptr<File>> open_append(const path& file) override {
    return inner_.open_append(file);
  }
  Result<FileStatus> status(const path& at) override { return inner_.status(at); }
  Result<std::vector<FolderEntry>> list(const path& folder) override { return inner_.list(folder); }
  Result<void> make_folders(const path& folder, std::uint32_t permissions) override {
    return inner_.make_folders(folder, permissions);
  }
  Result<void> rename(const path& from, const path& to) override { return inner_.rename(from, to); }
  Result<void> link(const path& from, const path& to) override { return inner_.link(from, to); }
  Result<void> remove(const path& at) override { return inner_.remove(at); }
  Result<void> remove_tree(const path& folder) override { return inner_.remove_tree(folder); }
  Result<void> set_modified(const path& file, base::WallTime time) override {
    return inner_.set_modified(file, time);
  }
  Result<void> sync(std::span<const path> all) override { return inner_.sync(all); }
  Result<void> sync_tree(const path& folder) override { return inner_.sync_tree(folder); }
  Result<std::uint64_t> free_bytes(const path& at) override { return inner_.free_bytes(at); }
  Result<std::unique_ptr<Lock>> lock(const path& file,
                                     std::chrono::milliseconds patience) override {
    return inner_.lock(file, patience);
  }

 private:
  Disk& inner_;
};

}  // namespace tesseras::runtime
