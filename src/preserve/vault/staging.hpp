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
  runtime::path file(std::uint64_t number) const;

  // Any thread. A blob that is there already, here or in the vault, is dropped.
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

  // A record in the buffer of the spool. The vault may hold its blob already: that is looked up
  // for all of them at once.
  struct Buffered {
    BlobId id;
    std::size_t record_bytes = 0;
  };

  Result<void> drop_held();
  Result<void> flush_spool_locked();

  Store& store_;
  runtime::path folder_;
  std::unique_ptr<runtime::Lock> lock_;
  std::uint64_t index_version_;
  std::atomic<std::uint64_t> next_number_ = 0;

  std::mutex mutex_;  // guards what follows
  std::map<BlobId, Staged> blobs_;
  std::unique_ptr<runtime::File> spool_;
  base::Bytes spool_buffer_;
  std::vector<Buffered> buffered_;
  std::uint64_t spool_bytes_ = 0;  // those in the buffer among them
};

}  // namespace tesseras::vault
