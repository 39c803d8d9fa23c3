// A tessera as one string of bytes: a tar whose every byte follows from MANIFEST, the signatures
// and the files (spec/pack.md). It is what is cut into fragments; the same bytes are what
// export_tessera writes as ExportFormat::tar.
#pragma once

#include <cstdint>
#include <vector>

#include "preserve/custody/files.hpp"

namespace tesseras::custody {

// Where each member lies. Follows from MANIFEST alone; borrows it.
class PackLayout {
 public:
  explicit PackLayout(const tessera::Manifest& manifest);

  std::uint64_t size_bytes() const { return size_bytes_; }
  // MANIFEST is 0, the signatures are 1 and 2, and the rest as MANIFEST lists them. What ends the
  // pack counts as one more, of no bytes and without a header.
  std::size_t members() const { return first_count + manifest_->entries().size(); }
  // The member whose header, bytes or padding the byte at `offset` is; members() for the end.
  std::size_t member_at(std::uint64_t offset) const;
  // Where a member's header begins.
  std::uint64_t begin_bytes(std::size_t member) const { return begins_[member]; }
  base::Bytes header(std::size_t member) const;
  // The file of a member from the fourth on.
  const tessera::ManifestEntry& entry(std::size_t member) const {
    return manifest_->entries()[member - first_count];
  }
  std::uint64_t file_bytes(std::size_t member) const;

 private:
  static constexpr std::size_t first_count = 3;

  const tessera::Manifest* manifest_;
  std::vector<std::uint64_t> begins_;  // of the members, and of the end
  std::uint64_t size_bytes_ = 0;
};

// Writes the pack of a tessera whose files are as its MANIFEST says. conflict: one is not; its path
// is in the message. Errors of Files and of the sink.
Result<void> write_pack(Files& files, const Sink& sink, Tools& tools);

// The pack of a tessera that a vault has, read from there as it is asked for: it is never made.
// One thread at a time; the vault outlives it.
class Pack {
 public:
  // not_found; corrupt: MANIFEST or a signature is damaged; errors of the vault otherwise.
  static Result<Pack> open(vault::Vault& vault, const base::ContentHash& hash);

  const tessera::Manifest& manifest() const { return *manifest_; }
  std::uint64_t size_bytes() const { return layout_.size_bytes(); }
  // Fills `into` from `offset`; fewer bytes than asked only at the end. Files are as the medium
  // gives them, not checked against MANIFEST.
  // corrupt: a file is missing or has another size; errors of the vault otherwise.
  Result<std::size_t> read_at(std::uint64_t offset, base::MutableByteSpan into);
  // Reads every file once, and holds it against MANIFEST. corrupt: one is not what that says; its
  // path is in the message. Errors of the vault otherwise.
  Result<void> check();

 private:
  Pack(vault::Vault& vault, std::unique_ptr<const tessera::Manifest> manifest,
       base::Bytes ed25519_signature, base::Bytes mldsa65_signature);
  Result<void> read_file(std::size_t member, std::uint64_t offset, base::MutableByteSpan into);
  // corrupt: it has another size than MANIFEST says.
  Result<vault::BlobReader> blob_of(const tessera::ManifestEntry& entry);

  vault::Vault* vault_;
  std::unique_ptr<const tessera::Manifest> manifest_;
  base::Bytes ed25519_signature_, mldsa65_signature_;
  PackLayout layout_;
};

}  // namespace tesseras::custody
