#include "preserve/custody/pack.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "foundation/base/text.hpp"
#include "foundation/crypto/blake3.hpp"
#include "foundation/crypto/ed25519.hpp"
#include "foundation/crypto/mldsa65.hpp"
#include "preserve/custody/tar.hpp"
#include "preserve/tessera/paths.hpp"

namespace tesseras::custody {
namespace {

namespace paths = tessera::paths;

constexpr std::size_t checked_at_once_bytes = std::size_t{256} << 10U;

struct First {
  std::string_view path;
  std::uint64_t size_bytes;
};

// What stands before the files that MANIFEST lists.
std::array<First, 3> first_members(const tessera::Manifest& manifest) {
  return {First{paths::manifest, manifest.text().size()},
          First{paths::ed25519_signature, crypto::Ed25519Signature::size_bytes},
          First{paths::mldsa65_signature, crypto::MlDsa65Signature::size_bytes}};
}

std::unexpected<base::Error> another_size(const tessera::ManifestEntry& entry) {
  return fail(Code::corrupt, "{} has another size than MANIFEST says; run `tes vault check`",
              entry.path);
}

void copy(base::ByteSpan from, std::uint64_t offset, base::MutableByteSpan into) {
  std::ranges::copy(from.subspan(static_cast<std::size_t>(offset), into.size()), into.begin());
}

}  // namespace

PackLayout::PackLayout(const tessera::Manifest& manifest) : manifest_(&manifest) {
  begins_.reserve(members() + 1);
  std::uint64_t at = 0;
  for (std::size_t member = 0; member < members(); ++member) {
    begins_.push_back(at);
    const std::uint64_t size_bytes = file_bytes(member);
    at += header(member).size() + size_bytes + tar_padding_bytes(size_bytes);
  }
  begins_.push_back(at);
  size_bytes_ = at + tar_end_bytes;
}

std::size_t PackLayout::member_at(std::uint64_t offset) const {
  const auto behind = std::ranges::upper_bound(begins_, offset);
  return static_cast<std::size_t>(behind - begins_.begin()) - 1;
}

std::uint64_t PackLayout::file_bytes(std::size_t member) const {
  if (member == members()) return 0;
  if (member < first_count) return first_members(*manifest_).at(member).size_bytes;
  return entry(member).size_bytes;
}

base::Bytes PackLayout::header(std::size_t member) const {
  if (member == members()) return {};
  const std::string path = member < first_count
                               ? std::string(first_members(*manifest_).at(member).path)
                               : entry(member).decoded_path();
  return tar_header(tessera::folder_name(manifest_->content_hash()) + "/" + path,
                    file_bytes(member), manifest_->header().created);
}

Result<void> write_pack(Files& files, const Sink& sink, Tools& tools) {
  static constexpr std::array<std::byte, tar_end_bytes> zeros{};
  const auto manifest = TRY(tessera::Manifest::parse(TRY(files.manifest())));
  const PackLayout layout(manifest);
  for (std::size_t member = 0; member < layout.members(); ++member) {
    TRY(sink(layout.header(member)));
    const std::uint64_t size_bytes = layout.file_bytes(member);
    if (member == 0) {
      TRY(sink(base::as_bytes(manifest.text())));
    } else if (member < first_members(manifest).size()) {
      TRY(sink(TRY(files.signature(first_members(manifest).at(member).path))));
    } else {
      const auto& entry = layout.entry(member);
      const auto file = TRY(files.open(entry));
      const auto found = TRY(read_hashed(file.read, size_bytes, Hashes::blake3_only, sink, tools));
      if (found.size_bytes != size_bytes || found.blake3 != entry.blake3) {
        return fail(Code::conflict, "{} is not any more what it was; run this again",
                    base::to_printable(entry.decoded_path()));
      }
    }
    TRY(sink(base::ByteSpan(zeros).first(tar_padding_bytes(size_bytes))));
  }
  return sink(zeros);
}

Result<Pack> Pack::open(vault::Vault& vault, const base::ContentHash& hash) {
  const auto files = files_in_vault(vault, hash);
  auto manifest = std::make_unique<const tessera::Manifest>(
      TRY(tessera::Manifest::parse(TRY(files->manifest()))));
  auto ed25519 = TRY(files->signature(paths::ed25519_signature));
  auto mldsa65 = TRY(files->signature(paths::mldsa65_signature));
  if (ed25519.size() != crypto::Ed25519Signature::size_bytes ||
      mldsa65.size() != crypto::MlDsa65Signature::size_bytes) {
    return fail(Code::corrupt, "a signature of {} has another size than it should", hash.hex());
  }
  return Pack(vault, std::move(manifest), std::move(ed25519), std::move(mldsa65));
}

Pack::Pack(vault::Vault& vault, std::unique_ptr<const tessera::Manifest> manifest,
           base::Bytes ed25519_signature, base::Bytes mldsa65_signature)
    : vault_(&vault),
      manifest_(std::move(manifest)),
      ed25519_signature_(std::move(ed25519_signature)),
      mldsa65_signature_(std::move(mldsa65_signature)),
      layout_(*manifest_) {}

Result<std::size_t> Pack::read_at(std::uint64_t offset, base::MutableByteSpan into) {
  if (offset >= size_bytes()) return 0;
  into = into.first(
      static_cast<std::size_t>(std::min<std::uint64_t>(into.size(), size_bytes() - offset)));
  const std::size_t wanted = into.size();
  const auto next = [&](std::uint64_t available) {
    const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(into.size(), available));
    const auto piece = into.first(count);
    into = into.subspan(count);
    offset += count;
    return piece;
  };
  while (!into.empty()) {
    const std::size_t member = layout_.member_at(offset);
    const auto header = layout_.header(member);
    const std::uint64_t begin = layout_.begin_bytes(member);
    const std::uint64_t content = begin + header.size();
    const std::uint64_t content_end = content + layout_.file_bytes(member);
    if (offset < content) {
      const std::uint64_t from = offset - begin;
      copy(header, from, next(content - offset));
    } else if (offset < content_end) {
      const std::uint64_t from = offset - content;
      TRY(read_file(member, from, next(content_end - offset)));
    } else {
      const bool is_end = member == layout_.members();
      const std::uint64_t end = is_end ? size_bytes() : layout_.begin_bytes(member + 1);
      std::ranges::fill(next(end - offset), std::byte{0});
    }
  }
  return wanted;
}

Result<void> Pack::read_file(std::size_t member, std::uint64_t offset, base::MutableByteSpan into) {
  switch (member) {
    case 0: copy(base::as_bytes(manifest_->text()), offset, into); return {};
    case 1: copy(ed25519_signature_, offset, into); return {};
    case 2: copy(mldsa65_signature_, offset, into); return {};
    default: break;
  }
  const auto& entry = layout_.entry(member);
  auto reader = TRY(blob_of(entry));
  if (TRY(reader.read_at(offset, into)) != into.size()) return another_size(entry);
  return {};
}

Result<vault::BlobReader> Pack::blob_of(const tessera::ManifestEntry& entry) {
  auto reader = TRY(vault_->open_blob(base::BlobId{entry.blake3.bytes}));
  if (reader.size_bytes() != entry.size_bytes) return another_size(entry);
  return reader;
}

Result<void> Pack::check() {
  crypto::Blake3 hash;
  base::Bytes piece(checked_at_once_bytes);
  for (const auto& entry : manifest_->entries()) {
    auto reader = TRY(blob_of(entry));
    for (std::uint64_t at = 0; at < entry.size_bytes;) {
      const auto count = TRY(reader.read_at(at, piece));
      if (count == 0) return another_size(entry);
      hash.update(base::ByteSpan(piece).first(count));
      at += count;
    }
    if (hash.finish() != entry.blake3) {
      return fail(Code::corrupt, "{} is not what MANIFEST says; run `tes vault check`", entry.path);
    }
  }
  return {};
}

}  // namespace tesseras::custody
