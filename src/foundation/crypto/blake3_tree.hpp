// The tree inside a BLAKE3 hash: leaves are chunks of 1 KiB (the last may be shorter, and empty
// input is one empty chunk), the left subtree of every inner node is the largest full one that
// leaves something for the right (BLAKE3 section 2.1). A chunk with the chaining values of its
// path's siblings proves that it stands at its place under a hash.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <vector>

#include "foundation/base/bytes.hpp"
#include "foundation/base/result.hpp"
#include "foundation/base/strong_id.hpp"
#include "foundation/crypto/blake3.hpp"

namespace tesseras::crypto {

inline constexpr std::size_t blake3_chunk_size_bytes = 1024;

// Of a tree that is stored, the lowest four levels are left out: sixteen chunks are hashed again
// faster than their fifteen nodes are found on a disk, and with them goes nearly all of the tree.
inline constexpr std::size_t blake3_group_chunks = 16;
inline constexpr std::size_t blake3_group_size_bytes =
    blake3_group_chunks * blake3_chunk_size_bytes;

struct ChainingValueTag;
// What a subtree hashes to when it is not the whole tree.
using ChainingValue = base::StrongId<ChainingValueTag, 32>;

// Chunks that `total_size_bytes` make: at least one.
std::uint64_t blake3_chunk_count(std::uint64_t total_size_bytes);
// And groups: at least one, of which the last may have fewer chunks.
std::uint64_t blake3_group_count(std::uint64_t total_size_bytes);
// Bytes of a chunk. `chunk_index` is less than the count.
std::size_t blake3_chunk_size(std::uint64_t total_size_bytes, std::uint64_t chunk_index);

// The chaining values of the siblings on the way from chunk `chunk_index` to the root, lowest
// first; empty when there is only one chunk. At most Limits::blake3_tree_depth_max.
// invalid: there is no such chunk.
base::Result<std::vector<ChainingValue>> tree_path(base::ByteSpan data, std::uint64_t chunk_index);
// The first of them, as far as they lie in a group, which is all of its bytes. `chunk_index` is one
// of its chunks, counted over the whole.
std::vector<ChainingValue> path_in_group(base::ByteSpan group, std::uint64_t chunk_index);

// Whether `chunk` stands at `chunk_index` of the `total_size_bytes` bytes whose BLAKE3 is `root`.
// The size must come from where the root comes from, not from whoever sent the path.
// invalid: no such chunk. corrupt: wrong length of chunk or path, or another root.
base::Result<void> verify_path(const Blake3Hash& root, std::uint64_t total_size_bytes,
                               std::uint64_t chunk_index, base::ByteSpan chunk,
                               std::span<const ChainingValue> path);

// An inner node: what its two children hash to. Stored as left, then right, 64 bytes.
struct TreeNode {
  ChainingValue left;
  ChainingValue right;

  static constexpr std::size_t size_bytes = 64;
  bool operator==(const TreeNode&) const = default;
};

// Where in TreeNodes' sequence a sibling on a chunk's way at one level is found.
struct TreeStep {
  std::uint64_t node_position = 0;  // times TreeNode::size_bytes is its offset in a file
  bool sibling_is_left = false;

  bool operator==(const TreeStep&) const = default;
};

// The steps from a chunk's group to the root, lowest first, as tree_path orders its siblings: what
// follows path_in_group(). `chunk_index` is less than the chunk count.
std::vector<TreeStep> tree_steps(std::uint64_t total_size_bytes, std::uint64_t chunk_index);

// Builds all nodes above the groups while the data passes by, in pieces of any size, and hands out
// each as soon as it is known: children before parents, left before right (post-order), the root
// last; blake3_group_count - 1 in all. With them stored, a path costs the reading of one group.
class TreeNodes {
 public:
  using Emit = std::function<void(const TreeNode&)>;

  explicit TreeNodes(Emit emit);

  void update(base::ByteSpan bytes);
  // Hands out the nodes still missing and returns the BLAKE3 of all bytes. Call it once.
  Blake3Hash finish();

 private:
  void take_group(base::ByteSpan group);
  ChainingValue merge_top();

  Emit emit_;
  std::vector<std::byte> pending_;    // at most a group, since the only one must be known as such
  std::vector<ChainingValue> stack_;  // one full subtree a set bit of group_count_
  TreeNode last_{};                   // the node handed out last: at the end, the root
  std::uint64_t group_count_ = 0;
};

}  // namespace tesseras::crypto
