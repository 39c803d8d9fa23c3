// Which file lies where (spec/vault.md, section 1). Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "foundation/base/strong_id.hpp"
#include "foundation/runtime/disk.hpp"

namespace tesseras::vault {

class Layout {
 public:
  explicit Layout(runtime::path data_dir) : data_dir_(std::move(data_dir)) {}

  const runtime::path& data_dir() const { return data_dir_; }
  runtime::path lock() const { return data_dir_ / "lock"; }
  runtime::path blobs() const { return data_dir_ / "blobs"; }
  // To list or sync it: blobs may lie on another disk, with a link to them here, which the disk
  // follows anywhere but at a path's end.
  runtime::path blobs_followed() const { return blobs() / "."; }
  runtime::path packs() const { return blobs() / "packs"; }
  runtime::path tmp() const { return blobs() / "tmp"; }
  runtime::path blob(const base::BlobId& id) const;  // blobs/ab/cd/<64 hex>
  runtime::path pack(std::uint32_t number) const;    // blobs/packs/<8 digits>.pack

 private:
  runtime::path data_dir_;
};

// The number in a pack's file name; nullopt for any other name.
std::optional<std::uint32_t> pack_number(std::string_view file_name);
// Exactly two lower-case hex digits: a folder of blobs.
bool is_blob_folder(std::string_view name);

}  // namespace tesseras::vault
