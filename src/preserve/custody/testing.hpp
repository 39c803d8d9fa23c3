// For this library's tests: a machine with a disk, a clock that stands still, an author whose
// keys never change, a vault, and a family's folder.
#pragma once

#include <algorithm>
#include <array>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "foundation/base/assert.hpp"
#include "foundation/base/bytes.hpp"
#include "foundation/base/folder_fixture.hpp"
#include "foundation/runtime/disk_memory.hpp"
#include "foundation/runtime/disk_wrapper_fixture.hpp"
#include "foundation/runtime/whole_file.hpp"
#include "preserve/custody/create.hpp"
#include "preserve/custody/export.hpp"
#include "preserve/custody/files.hpp"
#include "preserve/custody/folder_walk.hpp"
#include "preserve/custody/import.hpp"
#include "preserve/custody/tools.hpp"
#include "preserve/custody/verify.hpp"
#include "preserve/identity/identity.hpp"
#include "preserve/tessera/paths.hpp"
#include "preserve/vault/index_home.hpp"
#include "preserve/vault/vault.hpp"

namespace tesseras::custody::testing {

// "ok", or "corrupt: the reason": what a test compares, and a failing one prints.
template <class T>
std::string outcome(const Result<T>& result) {
  if (result) return "ok";
  return std::string(base::name_of(result.error().code)) + ": " + result.error().message;
}

// What a test cannot go on without.
template <class T>
T must(Result<T> result) {
  if (!result) throw std::runtime_error(outcome(result));
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

class FixedClock final : public runtime::Clock {
 public:
  base::Instant now() override { return {}; }
  base::WallTime wall_now() override { return at; }

  base::WallTime at = *base::from_rfc3339_seconds("2026-02-14T09:30:00Z");
};

using runtime::DiskWrapper;

// A disk on which something happens whenever a file is read: `on_read` is told the file's path
// before the bytes are fetched, and its error is the reading's.
class WatchedDisk final : public DiskWrapper {
 public:
  using OnRead = std::function<Result<void>(const path&)>;
  WatchedDisk(runtime::Disk& inner, OnRead on_read)
      : DiskWrapper(inner), on_read_(std::move(on_read)) {}

  Result<std::unique_ptr<runtime::File>> open_read(const path& file) override {
    return std::make_unique<WatchedFile>(TRY(DiskWrapper::open_read(file)), file, on_read_);
  }

 private:
  class WatchedFile final : public runtime::File {
   public:
    WatchedFile(std::unique_ptr<runtime::File> inner, path at, const OnRead& on_read)
        : inner_(std::move(inner)), path_(std::move(at)), on_read_(on_read) {}
    Result<std::size_t> read_at(std::uint64_t offset, base::MutableByteSpan into) override {
      TRY(on_read_(path_));
      return inner_->read_at(offset, into);
    }
    Result<void> append(base::ByteSpan bytes) override { return inner_->append(bytes); }
    Result<void> truncate(std::uint64_t size) override { return inner_->truncate(size); }
    Result<void> sync() override { return inner_->sync(); }
    Result<runtime::FileStatus> status() const override { return inner_->status(); }

   private:
    std::unique_ptr<runtime::File> inner_;
    path path_;
    const OnRead& on_read_;
  };

  OnRead on_read_;
};

// A disk that remembers all bytes that were ever appended to a file, wherever that is by now: what
// could be found on the medium by whoever has it, at whichever moment the power went.
class RememberingDisk final : public DiskWrapper {
 public:
  using DiskWrapper::DiskWrapper;

  Result<std::unique_ptr<runtime::File>> create(const path& file, std::uint32_t mode) override {
    return remembered(file, TRY(DiskWrapper::create(file, mode)));
  }
  Result<std::unique_ptr<runtime::File>> open_append(const path& file) override {
    return remembered(file, TRY(DiskWrapper::open_append(file)));
  }

  // By the name that each file was opened by.
  std::map<std::string, std::string> written() {
    const std::lock_guard lock(mutex_);
    return written_;
  }

 private:
  class RememberedFile final : public runtime::File {
   public:
    RememberedFile(RememberingDisk& disk, const path& at, std::unique_ptr<runtime::File> inner)
        : disk_(disk), at_(at), inner_(std::move(inner)) {}
    Result<std::size_t> read_at(std::uint64_t offset, base::MutableByteSpan into) override {
      return inner_->read_at(offset, into);
    }
    Result<void> append(base::ByteSpan bytes) override {
      {
        const std::lock_guard lock(disk_.mutex_);
        disk_.written_[at_] += base::as_text(bytes);
      }
      return inner_->append(bytes);
    }
    Result<void> truncate(std::uint64_t size) override { return inner_->truncate(size); }
    Result<void> sync() override { return inner_->sync(); }
    Result<runtime::FileStatus> status() const override { return inner_->status(); }

   private:
    RememberingDisk& disk_;
    path at_;
    std::unique_ptr<runtime::File> inner_;
  };

  std::unique_ptr<runtime::File> remembered(const path& at, std::unique_ptr<runtime::File> file) {
    const std::lock_guard lock(mutex_);
    written_[at];
    return std::make_unique<RememberedFile>(*this, at, std::move(file));
  }

  std::mutex mutex_;
  std::map<std::string, std::string> written_;
};

inline void put(runtime::Disk& disk, const path& file, std::string_view bytes) {
  must(disk.make_folders(file.parent_path(), 0755));
  if (disk.status(file)) must(disk.remove(file));
  must(must(disk.create(file, 0644))->append(base::as_bytes(bytes)));
}

inline std::string get(runtime::Disk& disk, const path& file) {
  return must(runtime::read_whole_text(disk, file, std::size_t{1} << 30U));
}

// Every file below a folder and what is in it; empty folders end with "/".
inline std::map<std::string, std::string> tree(runtime::Disk& disk, const path& folder) {
  std::map<std::string, std::string> found;
  FolderWalk walk(disk, folder);
  while (const auto below = must(walk.next())) {
    if (below->entries.empty() && !below->relative.empty()) found[below->relative + "/"];
    for (const auto& [relative, kind, is_too_deep] : below->entries) {
      ASSERT(!is_too_deep);
      if (kind != runtime::FileKind::folder) found[relative] = get(disk, folder / relative);
    }
  }
  return found;
}

// The same without empty folders: what a failed call may leave for a sweep.
inline std::map<std::string, std::string> files_below(runtime::Disk& disk, const path& folder) {
  auto found = tree(disk, folder);
  std::erase_if(found, [](const auto& file) { return file.first.ends_with('/'); });
  return found;
}

inline void put_tree(runtime::Disk& disk, const path& folder,
                     const std::map<std::string, std::string>& files) {
  for (const auto& [relative, bytes] : files) put(disk, folder / relative, bytes);
}

// Uses up a fault that was set for an operation that did not come.
inline void spend_fault(runtime::MemoryDisk& disk, std::uint64_t operation) {
  for (int i = 0; disk.operations() < operation; ++i) {
    static_cast<void>(disk.make_folders("/spent/" + std::to_string(i), 0755));
  }
  static_cast<void>(disk.remove_tree("/spent"));
}

inline identity::Identity author_from(unsigned char byte) {
  identity::RootSeed seed;
  std::ranges::fill(seed.mutable_span(), static_cast<std::byte>(byte));
  return identity::Identity::from_seed(seed);
}

inline CreateOptions all_of(const path& folder) {
  CreateOptions options;
  options.folder = folder;
  return options;
}

// One machine with one vault.
class Machine {
 public:
  explicit Machine(runtime::Disk& disk, path home = "/home", std::size_t threads = 2)
      : disk_(disk), home_(std::move(home)), workers_(threads) {
    indexes_ = vault::memory_index_home();
    must(vault::Vault::create(disk_, home_, *indexes_));
    vault_ = must(vault::Vault::open(disk_, home_, *indexes_));
  }

  Tools tools() { return {disk_, clock, workers_, runtime::no_progress(), stop.get_token()}; }
  // The same machine, looking at files through another disk.
  Tools tools_with(runtime::Disk& disk) {
    return {disk, clock, workers_, runtime::no_progress(), stop.get_token()};
  }

  runtime::Disk& disk() { return disk_; }
  vault::Vault& vault() { return *vault_; }
  const path& home() const { return home_; }

  Result<CreateReport> create(const CreateOptions& options) {
    auto with = tools();
    return custody::create(*vault_, author, options, with);
  }
  // A tessera of that folder, with nothing said.
  base::ContentHash keep(const path& folder) {
    return must(create(all_of(folder))).tesserae.at(0).content_hash;
  }
  Result<Exported> hand_on(const base::ContentHash& hash, const path& destination,
                           ExportFormat format = ExportFormat::folder) {
    auto with = tools();
    return export_tessera(*files_in_vault(*vault_, hash), destination, format, with);
  }
  Result<Imported> take_in(const path& from) {
    auto with = tools();
    return import_tessera(*vault_, from, with);
  }
  Result<VerifyReport> check_folder(const path& folder, bool full = false) {
    auto with = tools();
    const VerifyOptions how{.full = full, .folder_name = folder.filename().string()};
    return verify(*files_in_folder(disk_, folder), how, with);
  }
  Result<VerifyReport> check_kept(const base::ContentHash& hash) {
    auto with = tools();
    return verify(*files_in_vault(*vault_, hash), {}, with);
  }

  FixedClock clock;
  std::stop_source stop;
  identity::Identity author = author_from(7);

 private:
  runtime::Disk& disk_;
  path home_;
  runtime::Workers workers_;
  std::unique_ptr<vault::IndexHome> indexes_;
  std::unique_ptr<vault::Vault> vault_;
};

// One second of silence at 8 kHz, 8 bits: the smallest sound that is one.
inline std::string wav_bytes() {
  using namespace std::string_literals;
  std::string data(8000, '\x80');
  return "RIFF\x64\x1f\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0\x40\x1f\0\0\x40\x1f\0\0\x01\0\x08\0data"
         "\x40\x1f\0\0"s +
         data;
}

// One pixel.
inline std::string png_bytes() {
  constexpr std::string_view hex =
      "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000a49444154789c630001"
      "00000500010d0a2db40000000049454e44ae426082";
  base::Bytes bytes(hex.size() / 2);
  ASSERT(base::from_hex(hex, bytes));
  return std::string(base::as_text(bytes));
}

// A box of a film: its size, its type, what is in it.
inline std::string box(std::string_view type, const std::string& inside) {
  const auto size = static_cast<std::uint32_t>(8 + inside.size());
  std::string bytes;
  for (const int shift : {24, 16, 8, 0}) bytes += static_cast<char>(size >> shift & 0xffU);
  return bytes.append(type) + inside;
}

// The outline of a JPEG whose EXIF says 43 degrees north, 11 degrees east.
inline std::string jpeg_with_position() {
  using namespace std::string_literals;
  const auto degrees = [](char whole) {
    return whole + "\0\0\0\x01\0\0\0"s + "\0\0\0\0\x01\0\0\0"s + "\0\0\0\0\x01\0\0\0"s;
  };
  const std::string tiff =
      "II\x2a\0\x08\0\0\0"s                        // its first directory is at 8
      "\x01\0\x25\x88\x04\0\x01\0\0\0\x1a\0\0\0"s  // one entry: positions are at 26
      "\0\0\0\0"s                                  //
      "\x04\0"s                                    // four entries
      "\x01\0\x02\0\x02\0\0\0N\0\0\0"s             //
      "\x02\0\x05\0\x03\0\0\0\x50\0\0\0"s          // three fractions at 80
      "\x03\0\x02\0\x02\0\0\0\x45\0\0\0"s          // "E"
      "\x04\0\x05\0\x03\0\0\0\x68\0\0\0"s          // three fractions at 104
      "\0\0\0\0"s +
      degrees('\x2b') + degrees('\x0b');
  const std::string exif = "Exif\0\0"s + tiff;
  return "\xff\xd8\xff\xe1\0"s + static_cast<char>(exif.size() + 2) + exif +
         "\xff\xc0\0\x0b\x08\0\x01\0\x01\x01\x01\x11\0"s
         "\xff\xda\0\x08\x01\x01\0\0\x3f\0scan\xff\xd9"s;
}

// A folder as families have them: six files, of which two are equal and one is another's context.
inline path sample_folder(runtime::Disk& disk, const path& at = "/family") {
  put(disk, at / "letter.txt", "Dear Ana,\nthe well is dry again.\n");
  put(disk, at / "letter.txt.context.txt", "Written in the summer of 1974.\n");
  put(disk, at / "sounds/kitchen.wav", wav_bytes());
  put(disk, at / "sounds/copy of kitchen.wav", wav_bytes());
  put(disk, at / "pictures/one.png", png_bytes());
  put(disk, at / "notes.md", "# Notes\n\nNothing yet.\n");
  return at;
}

}  // namespace tesseras::custody::testing
