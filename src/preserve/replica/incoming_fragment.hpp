// A fragment on its way in: a file that only grows, and beside it, where it is to be kept, the tree
// of its hash, which is computed while it is written. Private to this library.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "foundation/base/bytes.hpp"
#include "foundation/base/result.hpp"
#include "foundation/crypto/blake3.hpp"
#include "foundation/runtime/disk.hpp"
#include "preserve/replica/tree_hasher.hpp"

namespace tesseras::replica {

// For one thread at a time, and the only one of its file.
class IncomingFragment {
 public:
  enum class Purpose {
    to_keep,  // has a tree, and survives a power cut once it is whole
    to_use,   // goes soon, so the medium need not have it; what is left of it is hashed again
  };

  // Hashes what an earlier one has left in `file`. A file that is longer than a fragment of
  // `size_bytes` goes. The disk must outlive it. Errors of the disk.
  static base::Result<std::unique_ptr<IncomingFragment>> open(runtime::Disk& disk,
                                                              const runtime::path& file,
                                                              const crypto::Blake3Hash& hash,
                                                              std::uint64_t size_bytes,
                                                              Purpose purpose = Purpose::to_keep);

  // How many bytes are there.
  std::uint64_t offset() const { return offset_; }
  // How many the next one would find, some of them perhaps damaged.
  std::uint64_t left_bytes() const { return is_elsewhere_ ? 0 : offset_ + torn_bytes_; }

  // exhausted: more than the fragment has, and nothing was taken. Errors of the disk; then this one
  // is of no use any more, and what is in the file stays for another.
  base::Result<void> append(base::ByteSpan bytes);

  // Makes the bytes durable where they are to be kept, once all are there and have the hash. May be
  // called again.
  // invalid: bytes are missing. corrupt: they have another hash; they are gone, and this one begins
  // anew. unavailable: so, but some were left by an earlier one, and may have suffered since.
  base::Result<void> finish();

  // After finish(): the file takes a name elsewhere, and its tree the name beside that. Neither
  // name is durable yet. Errors of the disk; then they are where they were, or of no use any more.
  base::Result<void> move_to(const runtime::path& place);
  // And back, when all that follows came to nothing.
  void move_back(const runtime::path& place);
  // Forgets the files, where they are: from now on every call fails.
  void give_up();
  // Removes the files, as well as can be.
  void discard();

 private:
  IncomingFragment(runtime::Disk& disk, runtime::path file, const crypto::Blake3Hash& hash,
                   std::uint64_t size_bytes, Purpose purpose);

  base::Result<void> take_over();
  base::Result<void> write(base::ByteSpan bytes);
  base::Result<void> write_nodes(base::ByteSpan nodes);
  base::Result<void> sync();
  void move_tree_back(const runtime::path& place);
  void begin_anew();

  runtime::Disk& disk_;
  runtime::path path_;
  crypto::Blake3Hash hash_;
  std::uint64_t size_bytes_;
  Purpose purpose_;
  std::uint64_t offset_ = 0;
  std::uint64_t found_bytes_ = 0;  // that an earlier one has left
  std::uint64_t torn_bytes_ = 0;   // behind them, of a piece that could not be written
  bool is_broken_ = false;
  bool is_elsewhere_ = false;  // the file has another name
  bool is_whole_ = false;      // all bytes are there and have the hash
  bool has_tree_ = false;
  std::unique_ptr<runtime::File> file_;  // once there is a byte
  std::unique_ptr<runtime::File> tree_;  // once there is a node
  std::unique_ptr<TreeHasher> hasher_;
};

// Removes such a file and its tree, as well as can be.
void discard_incoming(runtime::Disk& disk, const runtime::path& file);

}  // namespace tesseras::replica
