// What the parts of a vault share: the disk, the layout, the index, the writers' lock. Private
// to this library.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string_view>

#include "preserve/vault/index.hpp"
#include "preserve/vault/layout.hpp"
#include "preserve/vault/limits.hpp"

namespace tesseras::vault {

class Store {
 public:
  Store(runtime::Disk& disk, Layout layout, std::unique_ptr<Index> index)
      : disk_(disk), layout_(std::move(layout)), index_(std::move(index)) {}

  runtime::Disk& disk() { return disk_; }
  const Layout& layout() const { return layout_; }
  Index& index() { return *index_; }
  void set_patience(std::chrono::milliseconds patience) { patience_ = patience; }

  // Takes the writers' lock and settles what a crashed writer left behind.
  // unavailable, denied, and what settling returns
  Result<std::unique_ptr<runtime::Lock>> lock_for_writing();

  // As Vault has them.
  Result<BlobReader> open_blob(const BlobId& id);
  Result<base::Bytes> read_blob(const BlobId& id, std::uint64_t bytes_max);

 private:
  runtime::Disk& disk_;
  Layout layout_;
  std::unique_ptr<Index> index_;
  std::chrono::milliseconds patience_ = Limits::lock_patience;
};

// The lock alone, for those who have no index yet.
Result<std::unique_ptr<runtime::Lock>> lock_vault(runtime::Disk& disk, const Layout& layout,
                                                  std::chrono::milliseconds patience);

// corrupt: the folder of the packs is not there, so that every blob would seem to be missing.
Result<void> require_packs(runtime::Disk& disk, const Layout& layout);

// Opens what is at a place, and makes sure that it is of the right size and, in a pack, the
// record of that blob. corrupt, not_found.
Result<BlobReader> open_at(runtime::Disk& disk, const Layout& layout, const PlacedBlob& blob);

// The same of a large blob in a file that has another name.
Result<BlobReader> open_file(runtime::Disk& disk, const runtime::path& file, const BlobId& id,
                             std::uint64_t size_bytes);

// Whether the blob's bytes are those of its name. `read` is given all of them in order, and its
// error ends it. Holds 1 MiB at most.
Result<bool> has_its_name(BlobReader& reader,
                          const std::function<Result<void>(base::ByteSpan bytes)>& read);

// All of a blob, checked against its name. corrupt.
Result<base::Bytes> read_all(BlobReader& reader);

}  // namespace tesseras::vault
