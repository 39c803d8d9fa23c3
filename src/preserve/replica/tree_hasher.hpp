// Hashes bytes that pass by in pieces, and gives out the inner nodes of the hash as they are stored
// beside an object (spec/holding.md, section 3).
#pragma once

#include <functional>

#include "foundation/base/bytes.hpp"
#include "foundation/base/result.hpp"
#include "foundation/crypto/blake3_tree.hpp"

namespace tesseras::replica {

// For one thread at a time.
class TreeHasher {
 public:
  // Some nodes behind those given before; whole ones, and of some 32 KiB at most.
  using Sink = std::function<base::Result<void>(base::ByteSpan nodes)>;

  explicit TreeHasher(Sink sink)
      : sink_(std::move(sink)), nodes_([this](const crypto::TreeNode& node) { add(node); }) {}
  TreeHasher(const TreeHasher&) = delete;
  TreeHasher& operator=(const TreeHasher&) = delete;

  // Errors of the sink; then the hasher is of no use any more.
  base::Result<void> update(base::ByteSpan bytes);
  // The BLAKE3 of all bytes, once the sink has all nodes. Call it once.
  base::Result<crypto::Blake3Hash> finish();

 private:
  void add(const crypto::TreeNode& node);
  base::Result<void> give_out();

  Sink sink_;
  base::Bytes waiting_;
  crypto::TreeNodes nodes_;
};

}  // namespace tesseras::replica
