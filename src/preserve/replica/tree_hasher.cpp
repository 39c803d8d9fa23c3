#include "preserve/replica/tree_hasher.hpp"

#include <algorithm>

#include "preserve/replica/limits.hpp"

namespace tesseras::replica {

using base::ByteSpan;
using base::Result;

Result<void> TreeHasher::update(ByteSpan bytes) {
  while (!bytes.empty()) {
    const ByteSpan piece = bytes.first(std::min(bytes.size(), Limits::piece_bytes));
    nodes_.update(piece);
    bytes = bytes.subspan(piece.size());
    if (waiting_.size() >= Limits::piece_bytes / 16) TRY(give_out());
  }
  return {};
}

Result<crypto::Blake3Hash> TreeHasher::finish() {
  const auto hash = nodes_.finish();
  TRY(give_out());
  return hash;
}

void TreeHasher::add(const crypto::TreeNode& node) {
  waiting_.insert(waiting_.end(), node.left.bytes.begin(), node.left.bytes.end());
  waiting_.insert(waiting_.end(), node.right.bytes.begin(), node.right.bytes.end());
}

Result<void> TreeHasher::give_out() {
  if (waiting_.empty()) return {};
  TRY(sink_(waiting_));
  waiting_.clear();
  return {};
}

}  // namespace tesseras::replica
