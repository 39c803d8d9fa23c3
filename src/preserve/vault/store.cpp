#include "preserve/vault/store.hpp"

#include <algorithm>
#include <array>

#include "foundation/base/text.hpp"
#include "foundation/crypto/blake3.hpp"
#include "preserve/vault/record.hpp"
#include "preserve/vault/recover.hpp"

namespace tesseras::vault {

using base::Code;
using base::fail;
using base::fail_in;

namespace {
constexpr std::uint64_t read_bytes = 1024 * 1024;
}

Result<std::unique_ptr<runtime::Lock>> lock_vault(runtime::Disk& disk, const Layout& layout,
                                                  std::chrono::milliseconds patience) {
  auto lock = disk.lock(layout.lock(), patience);
  if (lock) return lock;
  if (lock.error().code == Code::unavailable)
    return fail(Code::unavailable,
                "the vault is busy: another process has been writing to it for {} s; try again",
                std::chrono::duration_cast<std::chrono::seconds>(patience).count());
  return fail_in(std::move(lock).error(), "the vault cannot be written");
}

Result<void> require_packs(runtime::Disk& disk, const Layout& layout) {
  const auto packs = disk.status(layout.packs());
  if (packs && packs->kind != runtime::FileKind::folder)
    return fail(
        Code::corrupt,
        "{} is no folder; put the folder itself there (to move the vault's files to another "
        "disk, move and link all of blobs)",
        base::to_printable(layout.packs().native()));
  if (packs) return {};
  if (packs.error().code != Code::not_found) return fail(packs.error());
  return fail(Code::corrupt,
              "the folder {} of the vault is missing; put it back from a copy, or run `tes init` "
              "for an empty one, and `tes vault check` to see what to import again",
              base::to_printable(layout.packs().native()));
}

Result<std::unique_ptr<runtime::Lock>> Store::lock_for_writing() {
  if (!index_->is_writable())
    return fail(Code::denied,
                "the vault in {} cannot be written; look at its permissions, and whether its "
                "file system is read-only",
                layout_.data_dir().native());
  auto lock = TRY(lock_vault(disk_, layout_, patience_));
  if (TRY(index_->is_replaced()))
    return fail(Code::unavailable,
                "another process made the vault's index anew meanwhile; nothing was written, try "
                "again");
  TRY(recover(*this));
  return lock;
}

namespace {

// Something else in a file's place is damage to the vault, not a wrong call.
Result<std::unique_ptr<runtime::File>> open_plain(runtime::Disk& disk, const runtime::path& at) {
  auto file = disk.open_read(at);
  if (!file && file.error().code == Code::invalid)
    return fail(Code::corrupt, "{}", file.error().message);
  return file;
}

}  // namespace

Result<BlobReader> open_file(runtime::Disk& disk, const runtime::path& file, const BlobId& id,
                             std::uint64_t size_bytes) {
  auto opened = TRY(open_plain(disk, file));
  if (TRY(opened->status()).size_bytes != size_bytes)
    return fail(Code::corrupt, "blob {} does not have its size", id.hex());
  return BlobReader(id, std::move(opened), 0, size_bytes);
}

Result<BlobReader> open_at(runtime::Disk& disk, const Layout& layout, const PlacedBlob& blob) {
  const BlobPlace& place = blob.place;
  switch (place.where) {
    case Where::missing: break;
    case Where::file: return open_file(disk, layout.blob(blob.id), blob.id, place.size_bytes);
    case Where::pack: {
      auto file = TRY(open_plain(disk, layout.pack(place.pack)));
      std::array<std::byte, record_header_size_bytes> bytes{};
      const std::size_t got = TRY(file->read_at(place.offset, bytes));
      const auto header = got == bytes.size() ? decode_header(bytes) : std::nullopt;
      if (!header || header->version != record_version ||
          header->kind != static_cast<std::uint8_t>(RecordKind::blob) ||
          header->payload_hash != blob.id || header->payload_size_bytes != place.size_bytes)
        return fail(Code::corrupt, "blob {} is not where it should be in pack {}", blob.id.hex(),
                    place.pack);
      return BlobReader(blob.id, std::move(file), place.offset + bytes.size(), place.size_bytes);
    }
  }
  return fail(Code::not_found, "blob {} is missing", blob.id.hex());
}

Result<BlobReader> Store::open_blob(const BlobId& id) {
  auto place = TRY(index_->blob(id));
  for (;;) {
    if (!place) {
      TRY(index_->check());
      return fail(Code::not_found, "the vault has no blob {}", id.hex());
    }
    auto reader = open_at(disk_, layout_, {id, *place});
    if (reader) return reader;
    if (reader.error().code != Code::corrupt && reader.error().code != Code::not_found)
      return reader;
    // A writer may have moved or removed it since we asked.
    const auto now = TRY(index_->blob(id));
    if (now == place)
      return fail(Code::corrupt,
                  "the vault is damaged: {}; run `tes vault check`, and import what it names "
                  "again from another copy",
                  reader.error().code == Code::not_found
                      ? fmt::format("blob {} is missing", id.hex())
                      : reader.error().message);
    place = now;
  }
}

Result<std::size_t> BlobReader::read_at(std::uint64_t offset, base::MutableByteSpan into) {
  if (offset >= size_bytes_) return 0;
  const auto wanted = std::min<std::uint64_t>(into.size(), size_bytes_ - offset);
  const std::size_t got = TRY(file_->read_at(begin_bytes_ + offset, into.first(wanted)));
  if (got != wanted)
    return fail(Code::corrupt, "blob {} ends after {} of {} bytes", id_.hex(), offset + got,
                size_bytes_);
  return got;
}

Result<bool> has_its_name(BlobReader& reader,
                          const std::function<Result<void>(base::ByteSpan bytes)>& read) {
  crypto::Blake3 hasher;
  base::Bytes buffer(std::min(reader.size_bytes(), read_bytes));
  for (std::uint64_t offset = 0; offset < reader.size_bytes();) {
    const std::size_t got = TRY(reader.read_at(offset, buffer));
    const auto bytes = base::ByteSpan(buffer).first(got);
    hasher.update(bytes);
    offset += got;
    TRY(read(bytes));
  }
  return hasher.hash().bytes == reader.id().bytes;
}

Result<base::Bytes> read_all(BlobReader& reader) {
  base::Bytes bytes(reader.size_bytes());
  TRY(reader.read_at(0, bytes));
  if (crypto::blake3(bytes).bytes != reader.id().bytes)
    return fail(Code::corrupt, "the bytes of blob {} are not those of its name", reader.id().hex());
  return bytes;
}

Result<base::Bytes> Store::read_blob(const BlobId& id, std::uint64_t bytes_max) {
  BlobReader reader = TRY(open_blob(id));
  if (reader.size_bytes() > bytes_max)
    return fail(Code::exhausted, "blob {} has {} bytes, more than the {} expected", id.hex(),
                reader.size_bytes(), bytes_max);
  return read_all(reader);
}

}  // namespace tesseras::vault
