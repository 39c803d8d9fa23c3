// The vault: where a family's tesserae lie on one machine (spec/vault.md).
//
//   blob         a file's bytes under its name, their BLAKE3; held once however often it is used
//   pack         a file of many small blobs one behind another, and of the commit records
//   index        what is where; made again from blobs and packs when it is lost
//   transaction  blobs on their way in; a tessera becomes visible when it is committed
//   orphan       a blob that no tessera lists: left by a crash, removed by sweep
//
// Readers are never blocked. Writers of all processes take turns by a lock that is held only
// while a commit, removal, sweep or rebuild is under way. Blobs and packs go through the disk
// seam; no blob above Limits::small_blob_bytes_max is ever held in memory.
//
// Every call may come from any thread, but one BlobWriter or BlobReader belongs to one thread.
// Besides what is listed, calls return `io`, `denied` and `exhausted` as runtime/disk.hpp has
// them, with the vault as it was.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "foundation/base/result.hpp"
#include "foundation/base/strong_id.hpp"
#include "foundation/base/time.hpp"
#include "foundation/runtime/disk.hpp"
#include "foundation/runtime/progress.hpp"
#include "preserve/tessera/manifest.hpp"
#include "preserve/vault/limits.hpp"

namespace tesseras::vault {

using base::BlobId;
using base::ContentHash;
using base::Result;

class Index;
class IndexHome;
class Store;

// What a list shows of a tessera without opening it.
struct TesseraInfo {
  ContentHash content_hash;
  // False when a rebuild could not read its MANIFEST: then only the hash, kept_at and the
  // signatures' ids are known, and nothing is swept until it is kept again or removed.
  bool is_readable = true;
  base::WallTime created;  // whole seconds, as MANIFEST says
  base::WallTime kept_at;  // whole seconds, when it came into this vault
  std::string title;       // empty when it has none
  std::string visibility;  // as MANIFEST writes it
  std::string language;
  tessera::CreatorKey creator;
  std::uint64_t memories = 0;
  std::uint64_t media_bytes = 0;  // the media files alone
  std::uint64_t size_bytes = 0;   // all files, MANIFEST and the signatures among them
  BlobId signature_ed25519;
  BlobId signature_mldsa65;

  // MANIFEST is a blob like the others, and its name is the content hash.
  BlobId manifest() const { return BlobId{content_hash.bytes}; }

  bool operator==(const TesseraInfo&) const = default;
};

// A blob that is open. It stays readable when the blob is removed meanwhile.
class BlobReader {
 public:
  BlobReader(BlobId id, std::unique_ptr<runtime::File> file, std::uint64_t begin_bytes,
             std::uint64_t size_bytes)
      : id_(id), file_(std::move(file)), begin_bytes_(begin_bytes), size_bytes_(size_bytes) {}

  const BlobId& id() const { return id_; }
  std::uint64_t size_bytes() const { return size_bytes_; }
  // Fills `into` from `offset`; fewer bytes than asked only at the blob's end. The bytes are
  // as the medium gives them, not checked against the id.
  // corrupt: the file ends before the blob does.
  Result<std::size_t> read_at(std::uint64_t offset, base::MutableByteSpan into);
  // So that reading comes from the medium, not from what the system remembers of it.
  void drop_cached() { file_->drop_cached(); }

 private:
  BlobId id_;
  std::unique_ptr<runtime::File> file_;
  std::uint64_t begin_bytes_;
  std::uint64_t size_bytes_;
};

class Transaction;
class Vault;

// One blob on its way in. Destroyed before it is finished, it leaves nothing.
class BlobWriter {
 public:
  BlobWriter(BlobWriter&&) noexcept;
  BlobWriter& operator=(BlobWriter&&) noexcept;
  ~BlobWriter();

  Result<void> append(base::ByteSpan bytes);
  // Ends the blob and returns its name. A blob that the vault or the transaction has already
  // is not kept a second time.
  Result<BlobId> finish();
  // The same, for a writer made with hashed_by_caller: `id` is BLAKE3 of all that was appended.
  Result<void> finish(const BlobId& id);

 private:
  friend class Transaction;
  struct State;
  explicit BlobWriter(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// A tessera to be kept. What `manifest` lists, and both signatures, are in the vault or were
// put in this transaction; the MANIFEST itself is put by commit.
struct KeptTessera {
  const tessera::Manifest& manifest;
  BlobId signature_ed25519;
  BlobId signature_mldsa65;
};

// Blobs staged under blobs/tmp, seen by nobody. Destroyed uncommitted, it leaves nothing; a
// crash leaves files that sweep removes. It must not outlive its Vault, nor its writers it.
class Transaction {
 public:
  enum class Hashing { here, by_caller };

  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;

  // Many writers may be under way at once, on as many threads.
  BlobWriter writer(Hashing hashing = Hashing::here);
  // A blob that is in memory already.
  Result<BlobId> put(base::ByteSpan bytes);
  // A blob of another vault on this machine, as good as put once its bytes, all of them read here,
  // have proved to be those of the name. One that is a file of its own there becomes the same file
  // here, true is returned and it takes no room twice, where both lie on one file system that can
  // do that; else it is copied. Neither vault ever writes into a blob's file, so the two stay as
  // independent as copies but for one thing: damage of the medium below is damage to both.
  // `read` is told of every so many bytes; its error ends it. Any thread.
  // not_found, corrupt: as open_blob of the other; corrupt also when its bytes are not of the name
  Result<bool> take(Vault& from, const BlobId& id,
                    const std::function<Result<void>(std::size_t bytes)>& read);

  // Makes all these visible at once and durable, or none. Ends the transaction: nothing more
  // can be put. A tessera that the vault has already stays as it is.
  // not_found: a blob that a tessera lists was neither put nor in the vault
  // unavailable: another process keeps writing, or removed a blob that was counted on
  Result<void> commit(std::span<const KeptTessera> tesserae, base::WallTime kept_at);

 private:
  friend class Vault;
  friend class BlobWriter;
  struct State;
  explicit Transaction(std::unique_ptr<State> state);
  Result<void> take_linked(const BlobId& id, std::uint64_t number, std::uint64_t size_bytes,
                           const std::function<Result<void>(std::size_t bytes)>& read);
  std::unique_ptr<State> state_;
};

// One thing that check or rebuild found wrong.
struct Problem {
  std::string what;                   // for a person, names the blob or pack
  std::optional<BlobId> blob;         // the blob concerned, where it is one
  std::vector<ContentHash> tesserae;  // those that list it
};

struct CheckReport {
  std::uint64_t blobs = 0;
  std::uint64_t bytes = 0;
  std::uint64_t tesserae = 0;
  std::uint64_t orphans = 0;  // no harm: a sweep removes them
  std::vector<Problem> problems;
};

struct RebuildReport {
  std::uint64_t blobs = 0;
  std::uint64_t tesserae = 0;
  std::vector<Problem> problems;  // what could not be read, or is missing
};

struct SweepReport {
  std::uint64_t files_removed = 0;
  std::uint64_t bytes_freed = 0;
  std::uint64_t packs_rewritten = 0;
};

class Vault {
 public:
  // Makes what is missing of a vault in `data_dir`; one that is there already stays as it is.
  // corrupt: there are blobs but no index; the message says to rebuild
  static Result<void> create(runtime::Disk& disk, const runtime::path& data_dir,
                             IndexHome& indexes);

  // `disk` and `indexes` outlive the vault. On a read-only disk reading works.
  // not_found: there is no vault
  // corrupt: the index is damaged or lost, and the message says to rebuild; or the folder of the
  // packs is missing
  // unsupported: the index was written by a newer release
  static Result<std::unique_ptr<Vault>> open(runtime::Disk& disk, const runtime::path& data_dir,
                                             IndexHome& indexes);
  ~Vault();
  Vault(const Vault&) = delete;
  Vault& operator=(const Vault&) = delete;

  // How long writers wait for their turn, instead of Limits::lock_patience. Before any write.
  void set_patience(std::chrono::milliseconds patience);

  // These say corrupt, and to rebuild, where the index is so damaged that it may find nothing where
  // there is something; not_found is only said by a sound one.

  // All tesserae, the oldest first by `created`, then by hash.
  Result<std::vector<TesseraInfo>> list();
  // The tessera whose hash begins with `prefix`: Limits::prefix_digits_min to 64 hex digits.
  // invalid: no such prefix. not_found. conflict: several begin so; the message says how many
  Result<ContentHash> find(std::string_view prefix);
  // not_found
  Result<TesseraInfo> tessera(const ContentHash& content_hash);

  // nullopt when the vault does not have the blob, as far as its index knows.
  Result<std::optional<std::uint64_t>> blob_size_bytes(const BlobId& id);
  // not_found: the vault does not have it
  // corrupt: it should be there, but is missing, short, or not where the index says
  Result<BlobReader> open_blob(const BlobId& id);
  // The whole of a blob that must fit in `bytes_max`, checked against its name.
  // exhausted: it is larger. corrupt: as open_blob, or the bytes are not those of the name
  Result<base::Bytes> read_blob(const BlobId& id, std::uint64_t bytes_max);

  // What the disk under the vault still takes.
  Result<std::uint64_t> free_bytes();

  // denied: the disk is read-only
  Result<std::unique_ptr<Transaction>> begin();

  // Forgets a tessera and deletes what no other one lists. Blobs that are open stay readable.
  // not_found. unavailable: another process keeps writing
  Result<void> remove(const ContentHash& content_hash, base::WallTime now);

  // Reads everything again from the medium. Damage is in the report; an error means that it
  // could not look (corrupt: the index is damaged, or the folder of the packs is missing), or was
  // stopped (cancelled). A blob that is certainly damaged counts as
  // missing from then on, so that importing its tessera again mends it; one that counted so and is
  // whole counts as there again.
  Result<CheckReport> check(runtime::Progress& progress, std::stop_token stop);

  // Removes orphans and what crashed writers left, when older than Limits::orphan_age, and
  // rewrites packs that are mostly dead. Commits do it by themselves now and then.
  Result<SweepReport> sweep(base::WallTime now);

  // Makes the index anew from blobs and packs alone; the old one, readable or not, is replaced.
  // not_found: there is no folder of packs. unsupported: a newer release wrote the index
  // corrupt: what has a pack's name is no plain file
  static Result<RebuildReport> rebuild(runtime::Disk& disk, const runtime::path& data_dir,
                                       IndexHome& indexes, runtime::Progress& progress,
                                       std::stop_token stop);

 private:
  friend class Transaction;
  explicit Vault(std::unique_ptr<Store> store);
  std::unique_ptr<Store> store_;
};

}  // namespace tesseras::vault
