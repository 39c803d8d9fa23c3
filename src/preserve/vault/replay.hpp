// Puts into an index what packs say: all of them at a rebuild, the last bytes after a crash.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "preserve/vault/index.hpp"
#include "preserve/vault/layout.hpp"
#include "preserve/vault/pack_scan.hpp"

namespace tesseras::vault {

class Replay {
 public:
  Replay(runtime::Disk& disk, const Layout& layout, Index& index)
      : disk_(disk), layout_(layout), index_(index) {}

  // The records of all packs, in order.
  Result<void> take(std::uint32_t pack, const PackRecord& record);
  // A blob that is a file. One in a pack takes precedence.
  Result<void> take_file(const BlobId& id, std::uint64_t size_bytes);
  void take_pack(const PackState& pack) { change_.packs.push_back(pack); }
  // Whether a commit record that was taken says anything of it.
  bool names(const ContentHash& content_hash) const { return last_word_.contains(content_hash); }

  // Hands what has been collected so far to the index, so that memory stays bounded. Only for
  // an index that nobody else uses yet: half of a vault is no vault.
  Result<void> flush();

  // What the commit records say, and the blobs that nobody lists forgotten, in one change.
  // What is missing or damaged is added to `problems`. Returns how many tesserae are kept now
  // because of what was replayed.
  Result<std::uint64_t> finish(std::vector<Problem>& problems);

 private:
  Result<std::optional<BlobPlace>> place_of(const BlobId& id);
  Result<IndexedTessera> describe_kept(const KeptEntry& entry, std::vector<Problem>& problems);
  Result<void> note_missing(IndexedTessera& tessera, const std::map<BlobId, std::uint64_t>& sizes,
                            std::vector<Problem>& problems);
  Result<void> forget_unlisted();

  runtime::Disk& disk_;
  const Layout& layout_;
  Index& index_;
  Change change_;
  std::map<BlobId, BlobPlace> pending_;                        // what change_.blobs will hold
  std::map<ContentHash, std::optional<KeptEntry>> last_word_;  // nullopt: removed
};

}  // namespace tesseras::vault
