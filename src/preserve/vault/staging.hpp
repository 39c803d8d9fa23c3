// A transaction's folder under blobs/tmp, and what lies in it. Private to this library.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "preserve/vault/store.hpp"

namespace tesseras::vault {

// A blob that has been collected: a file of its own, or a record in the spool.
struct Staged {
  std::uint64_t size_bytes = 0;
  std::optional<std::uint64_t> spool_offset;
  std::uint64_t file_number = 0;
  // Where the vault has it too, but not whole: this one takes its place.
  std::optional<BlobPlace> damaged_place;
};

class Staging {
 public:
  // denied when the vault cannot be written
  static Result<std::unique_ptr<Staging>> begin(Store& store);
  ~Staging();  // removes the folder
  Staging(const Staging&) = delete;
  Staging& operator=(const Staging&) = delete;

  Store& store() { return store_; }

  // For large blobs: a file to write to. Any thread.
  struct NewFile {
    std::uint64_t number = 0;
    std::unique_ptr<runtime::File> file;
  };
  Result<NewFile> new_file();
  // The file of another vault's large blob, under a name of ours; nullopt where that cannot be.
  std::optional<std::uint64_t> link_file(Store& from, const BlobId& id);
  runtime::path file(std::uint64_t number) const;

  // Any thread. A blob that is there already, here or in the vault, is dropped: in the vault only
  // when it has been read there just now, since what is dropped may be the only whole copy.
  Result<void> take_file(const BlobId& id, std::uint64_t number, std::uint64_t size_bytes);
  Result<void> take_small(const BlobId& id, base::ByteSpan bytes);
  void drop_file(std::uint64_t number);

  // The rest is for commit, when nobody puts any more.
  Result<void> flush_spool();
  const std::map<BlobId, Staged>& blobs() const { return blobs_; }
  runtime::path spool() const { return folder_ / "spool"; }
  std::uint64_t spool_bytes() const { return spool_bytes_; }
  // The index's version when this began: while it is the same, nothing has come or gone.
  std::uint64_t index_version() const { return index_version_; }

 private:
  Staging(Store& store, runtime::path folder, std::unique_ptr<runtime::Lock> lock,
          std::uint64_t index_version)
      : store_(store),
        folder_(std::move(folder)),
        lock_(std::move(lock)),
        index_version_(index_version) {}

  // Records on their way to the spool, filled up and written as one. The vault may hold some of
  // their blobs already: that is looked up for all of them at once.
  struct Batch {
    struct Record {
      BlobId id;
      std::size_t size_bytes = 0;
    };
    base::Bytes bytes;
    std::vector<Record> records;
  };

  // Writes what has been filled, while others fill the next; nothing when it has not come to
  // `bytes_min`, since somebody else was faster.
  Result<void> write_batch(std::size_t bytes_min);
  Result<void> drop_held();
  bool is_whole(const PlacedBlob& held);

  Store& store_;
  runtime::path folder_;
  std::unique_ptr<runtime::Lock> lock_;
  std::uint64_t index_version_;
  std::atomic<std::uint64_t> next_number_ = 0;

  std::mutex spool_mutex_;  // guards what follows, and is taken before mutex_
  std::unique_ptr<runtime::File> spool_;
  std::uint64_t spool_bytes_ = 0;
  Batch writing_;

  std::mutex mutex_;  // guards what follows, and is never held while anything is written
  std::map<BlobId, Staged> blobs_;
  Batch filling_;
};

}  // namespace tesseras::vault
