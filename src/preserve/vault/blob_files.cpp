#include "preserve/vault/blob_files.hpp"

#include <algorithm>

namespace tesseras::vault {
namespace {

using runtime::FileKind;
using runtime::FolderEntry;

// The folders of two digits in `parent`; a folder that vanished meanwhile has none.
Result<std::vector<FolderEntry>> list_if_there(runtime::Disk& disk, const runtime::path& folder) {
  auto entries = disk.list(folder);
  if (!entries && entries.error().code == base::Code::not_found) return std::vector<FolderEntry>{};
  return entries;
}

}  // namespace

Result<void> each_blob_file(runtime::Disk& disk, const Layout& layout,
                            const BlobFileVisitor& visitor) {
  for (const FolderEntry& outer : TRY(list_if_there(disk, layout.blobs_followed()))) {
    const runtime::path outer_at = layout.blobs() / outer.name;
    if (outer_at == layout.packs() || outer_at == layout.tmp()) continue;
    if (outer.kind != FileKind::folder || !is_blob_folder(outer.name)) {
      visitor.stray(outer_at);
      continue;
    }
    for (const FolderEntry& inner : TRY(list_if_there(disk, outer_at))) {
      const runtime::path inner_at = outer_at / inner.name;
      if (inner.kind != FileKind::folder || !is_blob_folder(inner.name)) {
        visitor.stray(inner_at);
        continue;
      }
      for (const FolderEntry& entry : TRY(list_if_there(disk, inner_at))) {
        const auto id = BlobId::from_hex(entry.name);
        const runtime::path at = inner_at / entry.name;
        if (entry.kind == FileKind::file && id && layout.blob(*id) == at) {
          TRY(visitor.blob(*id, at));
        } else {
          visitor.stray(at);
        }
      }
    }
  }
  return {};
}

Result<bool> has_blobs(runtime::Disk& disk, const Layout& layout) {
  for (const FolderEntry& entry : TRY(list_if_there(disk, layout.packs())))
    if (pack_number(entry.name)) return true;
  return std::ranges::any_of(TRY(list_if_there(disk, layout.blobs_followed())),
                             [](const FolderEntry& entry) { return is_blob_folder(entry.name); });
}

}  // namespace tesseras::vault
