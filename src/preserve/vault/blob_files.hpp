// Walks the large blobs as the disk has them.
#pragma once

#include <functional>

#include "preserve/vault/layout.hpp"
#include "preserve/vault/vault.hpp"

namespace tesseras::vault {

struct BlobFileVisitor {
  // A file whose name is a blob's, in the folder where that blob belongs.
  std::function<Result<void>(const BlobId& id, const runtime::path& file)> blob;
  // Anything else in the folders of blobs.
  std::function<void(const runtime::path& stray)> stray;
};

// In the order of the names. An error of the visitor ends the walk.
Result<void> each_blob_file(runtime::Disk& disk, const Layout& layout,
                            const BlobFileVisitor& visitor);

// True when there is any pack or folder of blobs.
Result<bool> has_blobs(runtime::Disk& disk, const Layout& layout);

}  // namespace tesseras::vault
