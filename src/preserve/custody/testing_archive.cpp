#include "preserve/custody/testing_archive.hpp"

#include <archive.h>
#include <archive_entry.h>

#include <algorithm>
#include <memory>
#include <stdexcept>

#include "preserve/custody/utf8_names.hpp"

namespace tesseras::custody::testing {
namespace {

struct Release {
  void operator()(::archive* writer) const { archive_write_free(writer); }
};

la_ssize_t collect(::archive*, void* into, const void* bytes, std::size_t size) {
  static_cast<std::string*>(into)->append(static_cast<const char*>(bytes), size);
  return static_cast<la_ssize_t>(size);
}

void require(::archive* writer, int status) {
  if (status < ARCHIVE_WARN) throw std::runtime_error(archive_error_string(writer));
}

void describe(const ArchiveEntry& from, ::archive_entry* entry) {
  archive_entry_copy_pathname(entry, from.path.c_str());
  archive_entry_set_perm(entry, 0644);
  archive_entry_set_mtime(entry, 0, 0);
  switch (from.kind) {
    case EntryKind::file: archive_entry_set_filetype(entry, AE_IFREG); break;
    case EntryKind::folder: archive_entry_set_filetype(entry, AE_IFDIR); break;
    case EntryKind::symlink:
      archive_entry_set_filetype(entry, AE_IFLNK);
      archive_entry_set_symlink(entry, from.target.c_str());
      break;
    case EntryKind::hardlink:
      archive_entry_set_filetype(entry, AE_IFREG);
      archive_entry_set_hardlink(entry, from.target.c_str());
      break;
    case EntryKind::fifo: archive_entry_set_filetype(entry, AE_IFIFO); break;
    case EntryKind::character_device: archive_entry_set_filetype(entry, AE_IFCHR); break;
    case EntryKind::block_device: archive_entry_set_filetype(entry, AE_IFBLK); break;
  }
  if (from.kind != EntryKind::file) return;
  archive_entry_set_size(entry, static_cast<la_int64_t>(from.hole_bytes + from.bytes.size()));
  if (from.hole_bytes != 0) {
    archive_entry_sparse_add_entry(entry, static_cast<la_int64_t>(from.hole_bytes),
                                   static_cast<la_int64_t>(from.bytes.size()));
  }
}

}  // namespace

std::string make_archive(const char* format, const char* filter,
                         const std::vector<ArchiveEntry>& entries, const std::string& passphrase) {
  const Utf8Names utf8_names;
  std::string out;
  const std::unique_ptr<::archive, Release> owner(archive_write_new());
  ::archive* writer = owner.get();
  require(writer, archive_write_set_format_by_name(writer, format));
  if (std::string_view(filter) != "none") {
    require(writer, archive_write_add_filter_by_name(writer, filter));
  }
  archive_write_set_bytes_in_last_block(writer, 1);
  if (!passphrase.empty()) {
    require(writer, archive_write_set_options(writer, "zip:encryption=aes256"));
    require(writer, archive_write_set_passphrase(writer, passphrase.c_str()));
  }
  require(writer, archive_write_open(writer, &out, nullptr, collect, nullptr));
  for (const auto& from : entries) {
    ::archive_entry* entry = archive_entry_new();
    describe(from, entry);
    require(writer, archive_write_header(writer, entry));
    if (from.kind == EntryKind::file) {
      const std::string zeros(std::min(from.hole_bytes, std::uint64_t{1} << 20U), '\0');
      for (auto left = from.hole_bytes; left != 0;) {
        const auto piece = std::min<std::uint64_t>(left, zeros.size());
        archive_write_data(writer, zeros.data(), static_cast<std::size_t>(piece));
        left -= piece;
      }
      if (!from.bytes.empty()) archive_write_data(writer, from.bytes.data(), from.bytes.size());
    }
    archive_entry_free(entry);
  }
  require(writer, archive_write_close(writer));
  return out;
}

}  // namespace tesseras::custody::testing
