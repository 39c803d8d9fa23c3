// What is where in a vault. An index can be made again from blobs and packs (spec/vault.md).
//
// Bodies: SQLite in a file, and memory for tests; index_suite.hpp holds both to this. Calls may
// come from any thread. Errors: corrupt (with what to do), denied when it cannot be written,
// exhausted, unavailable, io.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "preserve/vault/vault.hpp"

namespace tesseras::vault {

// DO NOT CHANGE THESE VALUES: they are in databases.
enum class Where : std::uint8_t {
  file = 0,     // blobs/ab/cd/<id>
  pack = 1,     // a record in a pack
  missing = 2,  // a tessera lists it, and a rebuild did not find it
};

struct BlobPlace {
  std::uint64_t size_bytes = 0;
  Where where = Where::file;
  std::uint32_t pack = 0;    // where it is a pack: its number
  std::uint64_t offset = 0;  // and where in it the record begins

  bool operator==(const BlobPlace&) const = default;
};

struct PlacedBlob {
  BlobId id;
  BlobPlace place;

  bool operator==(const PlacedBlob&) const = default;
};

struct PackState {
  std::uint32_t number = 0;
  std::uint64_t committed_bytes = 0;      // what lies beyond was never committed
  std::uint64_t commit_record_bytes = 0;  // of these: commit records, never dead
  bool is_condemned = false;              // rewritten elsewhere; the file is to be deleted

  bool operator==(const PackState&) const = default;
};

struct PackLoad {
  std::uint32_t number = 0;
  std::uint64_t blobs = 0;
  std::uint64_t blob_bytes = 0;  // without their headers

  bool operator==(const PackLoad&) const = default;
};

struct IndexedTessera {
  TesseraInfo info;
  std::vector<BlobId> blobs;  // all of its files, each once, in any order
};

// What one writer does, applied whole or not at all, in the order of the members.
struct Change {
  std::vector<ContentHash> removed;      // tesserae; not there: no error
  std::vector<PlacedBlob> blobs;         // new, or now in another place
  std::vector<IndexedTessera> tesserae;  // new, or known anew; their blobs are there by now
  std::vector<BlobId> forgotten;         // blobs; no tessera lists them any more
  std::vector<PackState> packs;          // new, or in a new state
  std::vector<std::uint32_t> gone_packs;
  std::optional<std::int64_t> swept_at;  // when orphans were last looked for
  bool has_lost_records = false;         // true: remembered from now on
};

class Index {
 public:
  virtual ~Index() = default;

  virtual bool is_writable() const = 0;
  // True once a rebuild has put another index in the place of this one: what is written here from
  // then on, nobody would ever read.
  virtual Result<bool> is_replaced() = 0;
  // internal: a change that cannot be, such as forgetting a blob that is listed
  virtual Result<void> apply(const Change& change) = 0;
  // How many changes have been applied, by all processes. The same number: the same index.
  virtual Result<std::uint64_t> version() = 0;

  virtual Result<std::optional<BlobPlace>> blob(const BlobId& id) = 0;
  // The same for each of the ids. Many cost little more than one: they are looked up in one look
  // at the index.
  virtual Result<std::vector<std::optional<BlobPlace>>> places(std::span<const BlobId> ids) = 0;
  // Up to `count` blobs behind `after` (nullopt: from the first), in the order of their ids.
  virtual Result<std::vector<PlacedBlob>> blobs(const std::optional<BlobId>& after,
                                                std::size_t count) = 0;
  // In the order of their offsets.
  virtual Result<std::vector<PlacedBlob>> blobs_in_pack(std::uint32_t number) = 0;
  // Those that no tessera lists, in the order of their ids.
  virtual Result<std::vector<PlacedBlob>> unlisted_blobs() = 0;

  virtual Result<std::vector<TesseraInfo>> tesserae() = 0;  // by `created`, then by hash
  virtual Result<std::optional<TesseraInfo>> tessera(const ContentHash& content_hash) = 0;
  // Up to `count` from `first` to `last`, both included, in the order of the hashes.
  virtual Result<std::vector<ContentHash>> tesserae_between(const ContentHash& first,
                                                            const ContentHash& last,
                                                            std::size_t count) = 0;
  virtual Result<std::vector<ContentHash>> tesserae_with(const BlobId& id) = 0;
  // What a tessera lists, in the order of the ids; and what it alone lists.
  virtual Result<std::vector<PlacedBlob>> blobs_of(const ContentHash& content_hash) = 0;
  virtual Result<std::vector<PlacedBlob>> blobs_only_of(const ContentHash& content_hash) = 0;

  virtual Result<std::vector<PackState>> packs() = 0;  // by number
  // What of each pack is blobs that are known, by number; packs without any are left out.
  virtual Result<std::vector<PackLoad>> pack_loads() = 0;
  virtual Result<std::optional<std::int64_t>> swept_at() = 0;
  // True when commit records may have been lost before the rebuild that made this index:
  // then an orphan may belong to a tessera nobody knows of, and must not be swept.
  virtual Result<bool> has_lost_records() = 0;

  // corrupt: its own structure is damaged. A damaged index may find nothing where there is
  // something, so what is to be called absent waits for this; of tesserae it is quick.
  virtual Result<void> check() = 0;
  virtual Result<void> check_tesserae() = 0;
};

}  // namespace tesseras::vault
