#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstring>
#include <set>
#include <system_error>
#include <thread>
#include <utility>

#include "foundation/base/text.hpp"
#include "foundation/runtime/disk.hpp"

namespace tesseras::runtime {
namespace {

using base::Code;
using base::Error;
using base::fail;

#ifdef PATH_MAX
constexpr std::size_t path_bytes_max = PATH_MAX;
#else
constexpr std::size_t path_bytes_max = 1024;
#endif

// Above this many, one pass over the file system beats an fsync for each.
constexpr std::size_t single_syncs_max = 8;

class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  int get() const { return number_; }
  bool is_open() const { return number_ >= 0; }

 private:
  int number_ = -1;
};

// Calls again what a signal interrupted.
template <class Call>
auto retried(Call call) {
  auto result = call();
  while (result < 0 && errno == EINTR) result = call();
  return result;
}

std::string shown(const path& at) { return base::to_printable(at.native()); }

// ENOSPC stands for two things that a person mends in two ways.
bool inodes_are_gone(const path& near) {
  struct statvfs info{};
  path at = near;
  while (::statvfs(at.empty() ? "." : at.c_str(), &info) != 0) {
    if (errno != ENOENT || at.empty() || at == at.root_path()) return false;
    at = at.parent_path();
  }
  // Some file systems count no inodes at all and say 0 of 0.
  return info.f_files != 0 && info.f_favail == 0;
}

Error error_of(int number, std::string_view action, const path& at) {
  const auto make = [&](Code code, std::string_view why) {
    return Error{code, fmt::format("cannot {} {}: {}", action, shown(at), why)};
  };
  switch (number) {
    case ENOENT:
    case ENOTDIR: return make(Code::not_found, "there is no such file or folder");
    case EEXIST: return make(Code::conflict, "something of that name is there already");
    case ENOTEMPTY: return make(Code::conflict, "the folder is not empty");
    case EACCES:
    case EPERM: return make(Code::denied, "permission denied");
    case EROFS: return make(Code::denied, "the file system is read-only");
    case ENOSPC:
      return inodes_are_gone(at)
                 ? make(Code::exhausted, "no inodes left on the file system; remove some files")
                 : make(Code::exhausted, "no space left on the file system; make room");
    case EDQUOT: return make(Code::exhausted, "the quota is used up; make room");
    case EFBIG: return make(Code::exhausted, "the file would be larger than the system allows");
    case EMFILE:
    case ENFILE: return make(Code::exhausted, "too many open files; raise the limit (ulimit -n)");
    case ENOMEM: return make(Code::exhausted, "the system has no memory left");
    case EMLINK: return make(Code::exhausted, "too many names for one file");
    case ELOOP: return make(Code::invalid, "it is a symbolic link, which is not followed");
    case EISDIR: return make(Code::invalid, "it is a folder, not a file");
    case ENAMETOOLONG: return make(Code::invalid, "the name is too long");
    case EXDEV: return make(Code::unsupported, "the two names are on different file systems");
    default: return make(Code::io, std::generic_category().message(number));
  }
}

std::unexpected<Error> failed(std::string_view action, const path& at) {
  return fail(error_of(errno, action, at));
}

// Where a path leads: a folder that is open (or the current one) and the rest of the path from
// there, short enough for the system. Folders can nest deeper than one system call takes.
struct Place {
  Descriptor held;
  std::string rest;
  int folder() const { return held.is_open() ? held.get() : AT_FDCWD; }
  const char* name() const { return rest.empty() ? "." : rest.c_str(); }
};

Result<Place> place_of(const path& at) {
  Place place{{}, at.native()};
  while (place.rest.size() >= path_bytes_max) {
    const auto cut = place.rest.rfind('/', path_bytes_max - 1);
    if (cut == std::string::npos || cut == 0) return fail(error_of(ENAMETOOLONG, "reach", at));
    const std::string head = place.rest.substr(0, cut);
    const int number = retried(
        [&] { return ::openat(place.folder(), head.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); });
    if (number < 0) return failed("reach", at);
    place.held = Descriptor(number);
    place.rest.erase(0, cut + 1);
  }
  return place;
}

Result<Descriptor> open_at(const path& at, int flags, std::uint32_t permissions,
                           std::string_view action) {
  const Place place = TRY(place_of(at));
  const int number = retried([&] {
    return ::openat(place.folder(), place.name(), flags | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY,
                    static_cast<mode_t>(permissions));
  });
  if (number >= 0) return Descriptor(number);
  const int why = errno;
  struct stat info{};
  const bool is_there = ::fstatat(place.folder(), place.name(), &info, AT_SYMLINK_NOFOLLOW) == 0;
  if (why == ENOTDIR && is_there)
    return fail(Code::invalid, "cannot {} {}: it is not a folder", action, shown(at));
  return fail(error_of(why, action, at));
}

FileKind kind_of(mode_t mode) {
  if (S_ISREG(mode)) return FileKind::file;
  if (S_ISDIR(mode)) return FileKind::folder;
  if (S_ISLNK(mode)) return FileKind::symlink;
  return FileKind::other;
}

FileStatus status_of(const struct stat& info) {
#ifdef __APPLE__
  const struct timespec& modified = info.st_mtimespec;
#else
  const struct timespec& modified = info.st_mtim;
#endif
  return {kind_of(info.st_mode),
          static_cast<std::uint64_t>(info.st_size),
          {modified.tv_sec, static_cast<std::int32_t>(modified.tv_nsec)},
          static_cast<std::uint64_t>(info.st_dev),
          static_cast<std::uint64_t>(info.st_ino),
          static_cast<std::uint32_t>(info.st_mode) & 0777U};
}

int sync_number(int number) {
#ifdef __APPLE__
  // fsync there stops at the drive's cache.
  return retried([&] { return ::fcntl(number, F_FULLFSYNC); });
#else
  return retried([&] { return ::fsync(number); });
#endif
}

class PosixFile final : public File {
 public:
  PosixFile(Descriptor descriptor, const path& name)
      : descriptor_(std::move(descriptor)), name_(name.native()) {}

  Result<std::size_t> read_at(std::uint64_t offset, MutableByteSpan into) override {
    std::size_t done = 0;
    while (done < into.size()) {
      const ssize_t got = retried([&] {
        return ::pread(descriptor_.get(), into.data() + done, into.size() - done,
                       static_cast<off_t>(offset + done));
      });
      if (got < 0) return failed("read", name_);
      if (got == 0) break;
      done += static_cast<std::size_t>(got);
    }
    return done;
  }

  Result<void> append(ByteSpan bytes) override {
    while (!bytes.empty()) {
      const ssize_t put =
          retried([&] { return ::write(descriptor_.get(), bytes.data(), bytes.size()); });
      if (put < 0) return failed("write", name_);
      bytes = bytes.subspan(static_cast<std::size_t>(put));
    }
    return {};
  }

  Result<void> truncate(std::uint64_t size_bytes) override {
    if (retried([&] { return ::ftruncate(descriptor_.get(), static_cast<off_t>(size_bytes)); }) < 0)
      return failed("shorten", name_);
    return {};
  }

  Result<void> sync() override {
    if (sync_number(descriptor_.get()) < 0) return failed("sync", name_);
    return {};
  }

  Result<FileStatus> status() const override {
    struct stat info{};
    if (::fstat(descriptor_.get(), &info) != 0) return failed("look at", name_);
    return status_of(info);
  }

  void begin_writeback() override {
#ifdef __linux__
    struct stat info{};
    if (::fstat(descriptor_.get(), &info) != 0) return;
    // Only a hint: whoever needs the bytes on the medium calls sync.
    (void)::sync_file_range(descriptor_.get(), begun_, info.st_size - begun_,
                            SYNC_FILE_RANGE_WRITE);
    begun_ = info.st_size;
#endif
  }

  void drop_cached() override {
#ifdef POSIX_FADV_DONTNEED
    (void)::posix_fadvise(descriptor_.get(), 0, 0, POSIX_FADV_DONTNEED);
#endif
  }

 private:
  Descriptor descriptor_;
  std::string name_;  // for errors alone, and cheaper to copy than a path with all its parts
#ifdef __linux__
  off_t begun_ = 0;
#endif
};

// A regular file, and nothing that a program could wait on or that is not what it seems.
Result<std::unique_ptr<File>> as_file(Descriptor descriptor, const path& at,
                                      std::string_view action) {
  struct stat info{};
  if (::fstat(descriptor.get(), &info) != 0) return failed(action, at);
  if (S_ISDIR(info.st_mode)) return fail(error_of(EISDIR, action, at));
  if (!S_ISREG(info.st_mode))
    return fail(Code::invalid, "cannot {} {}: it is not a regular file", action, shown(at));
  return std::make_unique<PosixFile>(std::move(descriptor), at);
}

// flock belongs to the open file, so two openings exclude one another within a process too,
// and the system gives it up when the process dies.
class PosixLock final : public Lock {
 public:
  explicit PosixLock(Descriptor descriptor) : descriptor_(std::move(descriptor)) {}

 private:
  Descriptor descriptor_;
};

class PosixDisk final : public Disk {
 public:
  Result<std::unique_ptr<File>> open_read(const path& file) override {
    // O_NONBLOCK: opening a named pipe must not wait for its other end.
    return as_file(TRY(open_at(file, O_RDONLY | O_NONBLOCK, 0, "open")), file, "open");
  }

  Result<std::unique_ptr<File>> create(const path& file, std::uint32_t permissions) override {
    const int flags = O_RDWR | O_CREAT | O_EXCL | O_APPEND;
    return as_file(TRY(open_at(file, flags, permissions, "create")), file, "create");
  }

  Result<std::unique_ptr<File>> open_append(const path& file) override {
    return as_file(TRY(open_at(file, O_RDWR | O_APPEND | O_NONBLOCK, 0, "open")), file, "open");
  }

  Result<FileStatus> status(const path& at) override {
    const Place place = TRY(place_of(at));
    struct stat info{};
    if (::fstatat(place.folder(), place.name(), &info, AT_SYMLINK_NOFOLLOW) != 0)
      return failed("look at", at);
    return status_of(info);
  }

  Result<std::vector<FolderEntry>> list(const path& folder) override {
    Descriptor descriptor = TRY(open_at(folder, O_RDONLY | O_DIRECTORY, 0, "list"));
    // fdopendir takes the descriptor over, so it gets one of its own.
    const int number = ::fcntl(descriptor.get(), F_DUPFD_CLOEXEC, 0);
    if (number < 0) return failed("list", folder);
    const std::unique_ptr<DIR, int (*)(DIR*)> stream(::fdopendir(number), &::closedir);
    if (!stream) {
      ::close(number);
      return failed("list", folder);
    }
    std::vector<FolderEntry> entries;
    for (;;) {
      errno = 0;
      const struct dirent* entry = ::readdir(stream.get());
      if (entry == nullptr) break;
      const std::string_view name = entry->d_name;
      if (name == "." || name == "..") continue;
      struct stat info{};
      switch (entry->d_type) {
        case DT_REG: info.st_mode = S_IFREG; break;
        case DT_DIR: info.st_mode = S_IFDIR; break;
        case DT_LNK: info.st_mode = S_IFLNK; break;
        case DT_UNKNOWN:
          // What vanished meanwhile is not in the folder any more.
          if (::fstatat(descriptor.get(), entry->d_name, &info, AT_SYMLINK_NOFOLLOW) != 0) continue;
          break;
        default: break;
      }
      entries.push_back({std::string(name), kind_of(info.st_mode)});
    }
    if (errno != 0) return failed("list", folder);
    std::ranges::sort(entries);
    return entries;
  }

  Result<void> make_folders(const path& folder, std::uint32_t permissions) override {
    path at;
    for (const path& part : folder) {
      at /= part;
      const Place place = TRY(place_of(at));
      if (::mkdirat(place.folder(), place.name(), static_cast<mode_t>(permissions)) == 0) continue;
      const int number = errno;
      struct stat info{};
      const bool is_there = ::fstatat(place.folder(), place.name(), &info, 0) == 0;
      if (is_there && S_ISDIR(info.st_mode)) continue;
      return fail(error_of(is_there ? EEXIST : number, "make the folder", at));
    }
    return {};
  }

  Result<void> rename(const path& from, const path& to) override {
    const Place old_place = TRY(place_of(from));
    const Place new_place = TRY(place_of(to));
    if (::renameat(old_place.folder(), old_place.name(), new_place.folder(), new_place.name()) == 0)
      return {};
    const int number = errno;
    // Name the end that is the cause: a missing source, else the target.
    if (number == ENOENT && !status(from)) return fail(error_of(number, "rename", from));
    return fail(error_of(number, "rename to", to));
  }

  Result<void> link(const path& from, const path& to) override {
    const Place old_place = TRY(place_of(from));
    const Place new_place = TRY(place_of(to));
    if (::linkat(old_place.folder(), old_place.name(), new_place.folder(), new_place.name(), 0) ==
        0)
      return {};
    const int number = errno;
    if (number == ENOENT && !status(from)) return fail(error_of(number, "link", from));
    return fail(error_of(number, "link to", to));
  }

  Result<void> remove(const path& file_or_empty_folder) override {
    const Place place = TRY(place_of(file_or_empty_folder));
    if (::unlinkat(place.folder(), place.name(), 0) == 0) return {};
    const int number = errno;
    // Linux says EISDIR of a folder, POSIX EPERM.
    if (number == EISDIR || number == EPERM) {
      if (::unlinkat(place.folder(), place.name(), AT_REMOVEDIR) == 0) return {};
      if (errno != ENOTDIR) return failed("remove", file_or_empty_folder);
    }
    return fail(error_of(number, "remove", file_or_empty_folder));
  }

  Result<void> remove_tree(const path& folder) override {
    std::error_code error;
    std::filesystem::remove_all(folder, error);
    if (error) return fail(error_of(error.value(), "remove", folder));
    return {};
  }

  Result<void> set_modified(const path& file, base::WallTime time) override {
    const Place place = TRY(place_of(file));
    struct timespec times[2] = {};
    times[0].tv_nsec = UTIME_OMIT;
    times[1].tv_sec = static_cast<time_t>(time.unix_seconds);
    times[1].tv_nsec = time.nanoseconds;
    if (::utimensat(place.folder(), place.name(), times, AT_SYMLINK_NOFOLLOW) != 0)
      return failed("set the time of", file);
    return {};
  }

  Result<void> sync(std::span<const path> files_and_folders) override {
#ifdef __linux__
    if (files_and_folders.size() > single_syncs_max) return sync_file_systems(files_and_folders);
#endif
    for (const path& at : files_and_folders) {
      const Descriptor descriptor = TRY(open_at(at, O_RDONLY | O_NONBLOCK, 0, "sync"));
      if (sync_number(descriptor.get()) < 0) return failed("sync", at);
    }
    return {};
  }

  Result<void> sync_tree(const path& folder) override {
#ifdef __linux__
    return sync_file_systems({&folder, 1});
#else
    std::vector<path> all{folder};
    for (std::size_t i = 0; i < all.size(); ++i) {
      const path at = all[i];
      if (TRY(status(at)).kind == FileKind::folder) {
        for (const FolderEntry& entry : TRY(list(at))) all.push_back(at / entry.name);
      }
    }
    return sync(all);
#endif
  }

  Result<std::uint64_t> free_bytes(const path& at) override {
    struct statvfs info{};
    if (retried([&] { return ::statvfs(at.c_str(), &info); }) != 0)
      return failed("look at the file system of", at);
    return static_cast<std::uint64_t>(info.f_bavail) * info.f_frsize;
  }

  Result<std::unique_ptr<Lock>> lock(const path& file,
                                     std::chrono::milliseconds patience) override {
    Descriptor descriptor = TRY(open_at(file, O_RDWR | O_CREAT, 0600, "lock"));
    const auto until = std::chrono::steady_clock::now() + patience;
    auto pause = std::chrono::milliseconds(1);
    while (retried([&] { return ::flock(descriptor.get(), LOCK_EX | LOCK_NB); }) != 0) {
      if (errno != EWOULDBLOCK) return failed("lock", file);
      const auto left =
          std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
      if (left.count() <= 0)
        return fail(Code::unavailable, "cannot lock {}: another process holds it; try again",
                    shown(file));
      std::this_thread::sleep_for(std::min(pause, left));
      pause = std::min(pause * 2, std::chrono::milliseconds(50));
    }
    return std::make_unique<PosixLock>(std::move(descriptor));
  }

 private:
#ifdef __linux__
  // syncfs gives the errors of writing since the file system was last asked (Linux 5.8).
  static Result<void> sync_file_systems(std::span<const path> files_and_folders) {
    std::set<dev_t> done;
    for (const path& at : files_and_folders) {
      const Place place = TRY(place_of(at));
      struct stat info{};
      if (::fstatat(place.folder(), place.name(), &info, AT_SYMLINK_NOFOLLOW) != 0)
        return failed("sync", at);
      if (!done.insert(info.st_dev).second) continue;
      const Descriptor descriptor = TRY(open_at(at, O_RDONLY | O_NONBLOCK, 0, "sync"));
      if (retried([&] { return ::syncfs(descriptor.get()); }) < 0) return failed("sync", at);
    }
    return {};
  }
#endif
};

}  // namespace

Disk& posix_disk() {
  static PosixDisk disk;
  return disk;
}

}  // namespace tesseras::runtime
