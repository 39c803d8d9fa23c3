// For this library's tests: archives of every kind, among them such as no honest program makes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tesseras::custody::testing {

enum class EntryKind { file, folder, symlink, hardlink, fifo, character_device, block_device };

struct ArchiveEntry {
  std::string path;
  std::string bytes = {};
  EntryKind kind = EntryKind::file;
  std::string target = {};       // of a link
  std::uint64_t hole_bytes = 0;  // zeros before `bytes` that the archive does not hold (pax)
};

// `format` is "pax", "ustar", "gnutar", "zip", "cpio" or "7zip"; `filter` is "none", "gzip",
// "bzip2", "xz" or "zstd". A passphrase encrypts a zip.
std::string make_archive(const char* format, const char* filter,
                         const std::vector<ArchiveEntry>& entries,
                         const std::string& passphrase = {});

}  // namespace tesseras::custody::testing
