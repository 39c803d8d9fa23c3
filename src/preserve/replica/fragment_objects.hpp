// The bytes of the fragments that are kept, and the trees beside them (spec/holding.md, sections 2
// and 3): reading them, proving that they are there, and finding damage. What is to be done about
// damage is not decided here. Private to this library.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <utility>
#include <vector>

#include "foundation/base/bytes.hpp"
#include "foundation/base/result.hpp"
#include "foundation/crypto/blake3_tree.hpp"
#include "foundation/runtime/disk.hpp"
#include "preserve/replica/holding_layout.hpp"

namespace tesseras::replica {

// A chunk of a fragment, and the way from it to the fragment's hash.
struct ChunkProof {
  base::Bytes chunk;
  std::vector<crypto::ChainingValue> path;
};

// An object's name and what it must have.
struct ObjectId {
  crypto::Blake3Hash hash;
  std::uint64_t size_bytes = 0;

  auto operator<=>(const ObjectId&) const = default;
};

// Any thread. Every function says `corrupt` when the object is certainly damaged or not there, and
// other errors of the disk when it does not give it now.
class FragmentObjects {
 public:
  // The disk must outlive it.
  FragmentObjects(runtime::Disk& disk, HoldingLayout layout)
      : disk_(disk), layout_(std::move(layout)) {}

  // A file of the right size; its bytes are not checked.
  base::Result<std::unique_ptr<runtime::File>> open(const ObjectId& object);
  // `chunk_index` is less than the object's chunk count. Where the tree is damaged it is made
  // again, and where that cannot be written, the proof is found without it.
  base::Result<ChunkProof> prove(const ObjectId& object, std::uint64_t chunk_index);
  // Reads all of the object and its tree from the medium, and makes the tree again if it is
  // damaged, as well as can be.
  base::Result<void> check(const ObjectId& object);

  // As well as can be: a start does what could not be done.
  void remove(const crypto::Blake3Hash& hash);
  void set_aside(const crypto::Blake3Hash& hash);

 private:
  base::Result<std::vector<crypto::ChainingValue>> read_path(
      const ObjectId& object, std::span<const crypto::TreeStep> steps);
  base::Result<std::vector<crypto::ChainingValue>> mend(const ObjectId& object, runtime::File& file,
                                                        std::span<const crypto::TreeStep> steps);
  base::Result<crypto::Blake3Hash> hash_of_tree(const ObjectId& object);

  runtime::Disk& disk_;
  HoldingLayout layout_;
  std::mutex mending_;  // one tree at a time is written anew
};

// Gives a file's bytes from `begin` to `end` away in pieces. corrupt: it ends before.
base::Result<void> each_piece(runtime::File& file, std::uint64_t begin, std::uint64_t end,
                              const std::function<base::Result<void>(base::ByteSpan)>& take);

}  // namespace tesseras::replica
