#include "preserve/vault/describe.hpp"

#include <algorithm>

namespace tesseras::vault {

IndexedTessera describe(const tessera::Manifest& manifest, const KeptEntry& entry,
                        std::uint64_t signature_bytes) {
  IndexedTessera tessera = describe_unreadable(entry);
  TesseraInfo& info = tessera.info;
  const tessera::ManifestHeader& header = manifest.header();
  info.is_readable = true;
  info.created = header.created;
  info.title = header.title.value_or("");
  info.visibility = name_of(header.visibility);
  info.language = header.language;
  info.creator = header.creator;
  info.memories = manifest.memories().size();
  const auto entries = manifest.entries();
  for (const tessera::ManifestMemory& memory : manifest.memories())
    for (const auto& media : entries.subspan(memory.media, memory.media_count))
      info.media_bytes += media.size_bytes;
  info.size_bytes = manifest.total_bytes() + manifest.text().size() + signature_bytes;

  tessera.blobs.reserve(tessera.blobs.size() + entries.size());
  for (const tessera::ManifestEntry& file : entries)
    tessera.blobs.push_back(BlobId{file.blake3.bytes});
  std::ranges::sort(tessera.blobs);
  const auto twice = std::ranges::unique(tessera.blobs);
  tessera.blobs.erase(twice.begin(), twice.end());
  return tessera;
}

IndexedTessera describe_unreadable(const KeptEntry& entry) {
  IndexedTessera tessera;
  tessera.info.content_hash = entry.content_hash;
  tessera.info.is_readable = false;
  tessera.info.kept_at.unix_seconds = entry.kept_at;
  tessera.info.signature_ed25519 = entry.signature_ed25519;
  tessera.info.signature_mldsa65 = entry.signature_mldsa65;
  tessera.blobs = {tessera.info.manifest(), entry.signature_ed25519, entry.signature_mldsa65};
  std::ranges::sort(tessera.blobs);
  const auto twice = std::ranges::unique(tessera.blobs);
  tessera.blobs.erase(twice.begin(), twice.end());
  return tessera;
}

}  // namespace tesseras::vault
