// Adds records behind the end of the last pack, with the writers' lock held.
#pragma once

#include <memory>

#include "preserve/vault/store.hpp"

namespace tesseras::vault {

class PackWriter {
 public:
  // The last pack, or the next one when that is full or not as the index knows it. Packs beyond
  // the index's knowledge have been settled.
  static Result<PackWriter> begin(Store& store);
  // A file of whole records, which has reached the medium, becomes the next pack. So many of
  // its bytes are commit records.
  static Result<PackWriter> adopt(Store& store, const runtime::path& records,
                                  std::uint64_t commit_record_bytes = 0);

  std::uint32_t number() const { return state_.number; }
  std::uint64_t end_bytes() const { return end_bytes_; }
  bool is_new() const { return is_new_; }
  runtime::path file() const;

  Result<void> append(base::ByteSpan records);
  // As append, for commit records, which are never dead.
  Result<void> append_commit(base::ByteSpan record);
  Result<void> sync() { return file_->sync(); }

  // What the index is to remember: all of it is committed.
  PackState committed() const;
  // Takes back what was added, as far as the disk lets it; the next writer does the rest.
  void undo();

 private:
  PackWriter(Store& store, std::unique_ptr<runtime::File> file, const PackState& state,
             std::uint64_t end_bytes, bool is_new)
      : store_(store),
        file_(std::move(file)),
        state_(state),
        end_bytes_(end_bytes),
        is_new_(is_new) {}

  Store& store_;
  std::unique_ptr<runtime::File> file_;
  PackState state_;
  std::uint64_t end_bytes_;
  bool is_new_;
};

}  // namespace tesseras::vault
