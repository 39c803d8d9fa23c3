// The second half of create: memories become a tessera's files, listed, signed and staged.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "preserve/custody/listing.hpp"
#include "preserve/custody/reading.hpp"
#include "preserve/tessera/manifest.hpp"

namespace tesseras::custody {

// The share of a memory that lies in one tessera: all of it, or some of its parts.
struct Share {
  const Memory* memory = nullptr;
  std::size_t first_part = 0;  // of memory->parts; both 0 for a memory that is whole
  std::size_t part_count = 0;

  std::uint64_t media_bytes() const;
};

// Which share goes into which tessera: in order, as many as fit into `media_bytes_max`.
std::vector<std::vector<Share>> plan_split(std::span<const Memory> memories,
                                           std::uint64_t media_bytes_max);
// How many tesserae that gives, or would give if a memory that is larger than that had been cut.
std::uint64_t tesserae_needed(std::span<const Memory> memories, std::uint64_t media_bytes_max);

// A tessera whose files all have a place.
struct Assembled {
  tessera::Manifest manifest;
  identity::Signatures signatures;
  std::uint64_t memories = 0;
  std::uint64_t media_bytes = 0;
};

// Lists one tessera, signs it, and puts all its files but MANIFEST, the signatures and the media.
// conflict when a text's beginning is no longer what was read; invalid when a title, a language or
// a text cannot be kept as it is.
Result<Assembled> assemble(std::span<const Share> shares, const intake::Whole& whole,
                           const CreateOptions& options,
                           const std::optional<tessera::Collection>& collection,
                           const identity::Identity& author, const Put& put, Tools& tools);

}  // namespace tesseras::custody
