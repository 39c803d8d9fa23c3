#include "preserve/custody/inner_files.hpp"

#include <algorithm>

#include "foundation/base/text.hpp"
#include "preserve/media/strip.hpp"
#include "preserve/tessera/paths.hpp"

namespace tesseras::custody {

InnerFiles::InnerFiles(const CreateOptions& options, std::span<const Share> shares,
                       const Assembled& inner, Spool& texts, Tools& tools)
    : options_(options), inner_(inner), texts_(texts), tools_(tools) {
  for (const auto& share : shares) {
    const auto& memory = *share.memory;
    if (memory.parts.empty()) {
      media_[memory.whole.blake3] = {&memory, 0, memory.whole.size_bytes};
      continue;
    }
    std::uint64_t offset = 0;
    for (std::size_t i = 0; i < share.first_part; ++i) offset += memory.parts[i].size_bytes;
    for (std::size_t i = share.first_part; i < share.first_part + share.part_count; ++i) {
      media_[memory.parts[i].blake3] = {&memory, offset, memory.parts[i].size_bytes};
      offset += memory.parts[i].size_bytes;
    }
  }
}

Result<base::Bytes> InnerFiles::signature(std::string_view path) {
  const auto bytes = [](const auto& signature) {
    return base::Bytes(signature.bytes.begin(), signature.bytes.end());
  };
  return path == tessera::paths::ed25519_signature ? bytes(inner_.signatures.ed25519)
                                                   : bytes(inner_.signatures.mldsa65);
}

Result<OpenFile> InnerFiles::open(const tessera::ManifestEntry& entry) {
  if (!texts_.has(entry.blake3)) return open_media(media_.at(entry.blake3));
  auto bytes = std::make_shared<const base::Bytes>(TRY(texts_.get(entry.blake3)));
  return OpenFile{bytes->size(),
                  [bytes, rest = base::ByteSpan(*bytes)](
                      base::MutableByteSpan into) mutable -> Result<std::size_t> {
                    const auto piece = rest.first(std::min(rest.size(), into.size()));
                    std::ranges::copy(piece, into.begin());
                    rest = rest.subspan(piece.size());
                    return piece.size();
                  }};
}

Result<OpenFile> InnerFiles::open_media(const Place& place) {
  return OpenFile{
      place.size_bytes,
      [file = TRY(open_original(*place.memory)), at = place.offset,
       end = place.offset +
             place.size_bytes](base::MutableByteSpan into) mutable -> Result<std::size_t> {
        into = into.first(static_cast<std::size_t>(std::min<std::uint64_t>(into.size(), end - at)));
        const auto got = TRY(file->read_at(at, into));
        at += got;
        return got;
      }};
}

Result<std::shared_ptr<runtime::File>> InnerFiles::open_original(const Memory& memory) {
  const auto& candidate = memory.item.candidate;
  auto original = TRY(intake::open_candidate(tools_.disk, options_.folder, candidate));
  if (memory.item.meta.changes.empty()) return original;
  auto strip = TRY(
      media::strip_location(tools_.disk, options_.folder / candidate.relative, memory.item.format));
  if (strip.copy != nullptr) return std::move(strip.copy);
  return fail(Code::conflict, "{} changed while it was read; run this again",
              base::to_printable(candidate.relative));
}

}  // namespace tesseras::custody
