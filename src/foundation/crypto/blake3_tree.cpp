#include "foundation/crypto/blake3_tree.hpp"

#include <blake3_impl.h>

#include <algorithm>
#include <bit>

#include "foundation/base/assert.hpp"
#include "foundation/crypto/limits.hpp"

namespace tesseras::crypto {
namespace {

using base::Code;
using base::fail;
using base::Result;

const std::uint8_t* input(base::ByteSpan bytes) {
  return reinterpret_cast<const std::uint8_t*>(bytes.data());
}

// Leaves in the left subtree of a tree of `leaf_count` (two or more).
std::uint64_t left_leaves(std::uint64_t leaf_count) { return std::bit_floor(leaf_count - 1); }

// BLAKE3's compression of an inner node; ROOT only at the top.
ChainingValue compress(const TreeNode& node, unsigned flags) {
  std::array<std::uint8_t, BLAKE3_BLOCK_LEN> block{};
  std::memcpy(block.data(), node.left.bytes.data(), BLAKE3_OUT_LEN);
  std::memcpy(block.data() + BLAKE3_OUT_LEN, node.right.bytes.data(), BLAKE3_OUT_LEN);
  std::array<std::uint32_t, 8> words{};
  std::ranges::copy(IV, words.begin());
  blake3_compress_in_place(words.data(), block.data(), BLAKE3_BLOCK_LEN, 0,
                           static_cast<std::uint8_t>(flags));
  ChainingValue value;
  store_cv_words(reinterpret_cast<std::uint8_t*>(value.bytes.data()), words.data());
  return value;
}

ChainingValue parent_value(const TreeNode& node) { return compress(node, PARENT); }
Blake3Hash root_hash(const TreeNode& node) { return {compress(node, PARENT | ROOT).bytes}; }

// A subtree of one chunk or more that is not the whole tree and starts at `first_chunk`.
ChainingValue subtree_value(base::ByteSpan data, std::uint64_t first_chunk) {
  std::array<ChainingValue, MAX_SIMD_DEGREE_OR_2> values{};
  static_assert(sizeof(values) == MAX_SIMD_DEGREE_OR_2 * BLAKE3_OUT_LEN);
  std::size_t count =
      blake3_compress_subtree_wide(input(data), data.size(), IV, first_chunk, 0,
                                   reinterpret_cast<std::uint8_t*>(values.data()), false);
  while (count > 1) {
    for (std::size_t i = 0; i < count / 2; ++i) {
      values[i] = parent_value({values[2 * i], values[2 * i + 1]});
    }
    if (count % 2 == 1) values[count / 2] = values[count - 1];
    count = (count + 1) / 2;
  }
  return values[0];
}

// From one of so many leaves to the root, lowest first.
std::vector<TreeStep> steps_to(std::uint64_t leaf_count, std::uint64_t leaf) {
  std::vector<TreeStep> steps;
  std::uint64_t first_node = 0;  // of the subtree's inner nodes, one fewer than leaves
  while (leaf_count > 1) {
    const std::uint64_t left = left_leaves(leaf_count);
    const bool goes_right = leaf >= left;
    steps.push_back({.node_position = first_node + leaf_count - 2, .sibling_is_left = goes_right});
    if (goes_right) {
      first_node += left - 1;
      leaf -= left;
    }
    leaf_count = goes_right ? leaf_count - left : left;
  }
  std::ranges::reverse(steps);
  return steps;
}

// Within a subtree that starts at `first_chunk`.
std::vector<ChainingValue> path_in(base::ByteSpan data, std::uint64_t first_chunk,
                                   std::uint64_t chunk_index) {
  std::uint64_t count = blake3_chunk_count(data.size());
  std::vector<ChainingValue> path;
  while (count > 1) {
    const std::uint64_t left = left_leaves(count);
    const auto left_size_bytes = static_cast<std::size_t>(left * blake3_chunk_size_bytes);
    const base::ByteSpan left_data = data.first(left_size_bytes);
    const base::ByteSpan right_data = data.subspan(left_size_bytes);
    if (chunk_index < first_chunk + left) {
      path.push_back(subtree_value(right_data, first_chunk + left));
      data = left_data;
      count = left;
    } else {
      path.push_back(subtree_value(left_data, first_chunk));
      data = right_data;
      first_chunk += left;
      count -= left;
    }
  }
  std::ranges::reverse(path);
  return path;
}

}  // namespace

std::uint64_t blake3_chunk_count(std::uint64_t total_size_bytes) {
  if (total_size_bytes == 0) return 1;
  return (total_size_bytes - 1) / blake3_chunk_size_bytes + 1;
}

std::uint64_t blake3_group_count(std::uint64_t total_size_bytes) {
  return (blake3_chunk_count(total_size_bytes) - 1) / blake3_group_chunks + 1;
}

std::size_t blake3_chunk_size(std::uint64_t total_size_bytes, std::uint64_t chunk_index) {
  ASSERT(chunk_index < blake3_chunk_count(total_size_bytes));
  const std::uint64_t rest = total_size_bytes - chunk_index * blake3_chunk_size_bytes;
  return static_cast<std::size_t>(std::min<std::uint64_t>(rest, blake3_chunk_size_bytes));
}

std::vector<TreeStep> tree_steps(std::uint64_t total_size_bytes, std::uint64_t chunk_index) {
  ASSERT(chunk_index < blake3_chunk_count(total_size_bytes));
  return steps_to(blake3_group_count(total_size_bytes), chunk_index / blake3_group_chunks);
}

Result<std::vector<ChainingValue>> tree_path(base::ByteSpan data, std::uint64_t chunk_index) {
  if (chunk_index >= blake3_chunk_count(data.size())) {
    return fail(Code::invalid, "there is no chunk {} in {} bytes", chunk_index, data.size());
  }
  return path_in(data, 0, chunk_index);
}

std::vector<ChainingValue> path_in_group(base::ByteSpan group, std::uint64_t chunk_index) {
  const auto first_chunk = chunk_index - chunk_index % blake3_group_chunks;
  ASSERT(group.size() <= blake3_group_size_bytes &&
         chunk_index - first_chunk < blake3_chunk_count(group.size()));
  return path_in(group, first_chunk, chunk_index);
}

Result<void> verify_path(const Blake3Hash& root, std::uint64_t total_size_bytes,
                         std::uint64_t chunk_index, base::ByteSpan chunk,
                         std::span<const ChainingValue> path) {
  if (chunk_index >= blake3_chunk_count(total_size_bytes)) {
    return fail(Code::invalid, "there is no chunk {} in {} bytes", chunk_index, total_size_bytes);
  }
  const std::size_t expected_size_bytes = blake3_chunk_size(total_size_bytes, chunk_index);
  if (chunk.size() != expected_size_bytes) {
    return fail(Code::corrupt, "chunk {} has {} bytes where {} belong", chunk_index, chunk.size(),
                expected_size_bytes);
  }
  const auto steps = steps_to(blake3_chunk_count(total_size_bytes), chunk_index);
  if (path.size() != steps.size()) {
    return fail(Code::corrupt, "the path of chunk {} has {} values where {} belong", chunk_index,
                path.size(), steps.size());
  }
  Blake3Hash computed;
  if (steps.empty()) {
    computed = blake3(chunk);
  } else {
    ChainingValue value = subtree_value(chunk, chunk_index);
    for (std::size_t i = 0; i < steps.size(); ++i) {
      const TreeNode node =
          steps[i].sibling_is_left ? TreeNode{path[i], value} : TreeNode{value, path[i]};
      if (i + 1 == steps.size()) {
        computed = root_hash(node);
      } else {
        value = parent_value(node);
      }
    }
  }
  if (computed != root) {
    return fail(Code::corrupt, "chunk {} and its path do not belong to {}", chunk_index,
                root.hex());
  }
  return {};
}

TreeNodes::TreeNodes(Emit emit) : emit_(std::move(emit)) {
  pending_.reserve(blake3_group_size_bytes);
  stack_.reserve(Limits::blake3_tree_depth_max + 1);
}

void TreeNodes::update(base::ByteSpan bytes) {
  while (!bytes.empty()) {
    // What is held back is hashed only when more has come: it might have been all, and that is
    // hashed as the root.
    if (pending_.size() == blake3_group_size_bytes) {
      take_group(pending_);
      pending_.clear();
    }
    if (pending_.empty() && bytes.size() > blake3_group_size_bytes) {
      take_group(bytes.first(blake3_group_size_bytes));
      bytes = bytes.subspan(blake3_group_size_bytes);
      continue;
    }
    const base::ByteSpan taken =
        bytes.first(std::min(bytes.size(), blake3_group_size_bytes - pending_.size()));
    pending_.insert(pending_.end(), taken.begin(), taken.end());
    bytes = bytes.subspan(taken.size());
  }
}

void TreeNodes::take_group(base::ByteSpan group) {
  stack_.push_back(subtree_value(group, group_count_ * blake3_group_chunks));
  ++group_count_;
  // As many full pairs are complete now as the new count has zero bits at its end.
  for (int i = 0; i < std::countr_zero(group_count_); ++i) stack_.push_back(merge_top());
}

ChainingValue TreeNodes::merge_top() {
  last_.right = stack_.back();
  stack_.pop_back();
  last_.left = stack_.back();
  stack_.pop_back();
  emit_(last_);
  return parent_value(last_);
}

Blake3Hash TreeNodes::finish() {
  if (group_count_ == 0) return blake3(pending_);
  take_group(pending_);
  while (stack_.size() > 1) stack_.push_back(merge_top());
  return root_hash(last_);
}

}  // namespace tesseras::crypto
