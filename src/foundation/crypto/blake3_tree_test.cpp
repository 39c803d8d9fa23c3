#include "foundation/crypto/blake3_tree.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>

#include "foundation/base/assert.hpp"

namespace tesseras::crypto {
namespace {

base::Bytes pattern(std::size_t size) {
  base::Bytes data(size);
  for (std::size_t i = 0; i < size; ++i) data[i] = static_cast<std::byte>(i % 251);
  return data;
}

base::ByteSpan chunk_of(base::ByteSpan data, std::uint64_t index) {
  return data.subspan(static_cast<std::size_t>(index) * blake3_chunk_size_bytes,
                      blake3_chunk_size(data.size(), index));
}

struct PathVector {
  std::string expect;
  Blake3Hash root;
  std::uint64_t size_bytes = 0;
  std::uint64_t index = 0;
  base::Bytes chunk;
  std::vector<ChainingValue> path;
};

PathVector read_vector(const std::filesystem::path& file) {
  PathVector vector;
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) {
    const std::size_t colon = line.find(": ");
    const std::string key = line.substr(0, colon), value = line.substr(colon + 2);
    if (key == "expect") {
      vector.expect = value;
    } else if (key == "root") {
      vector.root = Blake3Hash::from_hex(value).value();
    } else if (key == "size") {
      vector.size_bytes = std::stoull(value);
    } else if (key == "index") {
      vector.index = std::stoull(value);
    } else if (key == "chunk") {
      vector.chunk.resize(value.size() / 2);
      EXPECT_TRUE(base::from_hex(value, vector.chunk));
    } else if (key == "sibling") {
      vector.path.push_back(ChainingValue::from_hex(value).value());
    } else {
      ADD_FAILURE() << file << ": unknown key " << key;
    }
  }
  return vector;
}

TEST(Blake3Tree, Vectors) {
  int valid = 0, refused = 0;
  const std::filesystem::path folder = TESSERAS_SOURCE_DIR "/spec/vectors/blake3-tree";
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (!entry.is_regular_file() || entry.path().extension() == ".py") continue;
    SCOPED_TRACE(entry.path().filename());
    const PathVector v = read_vector(entry.path());
    const auto result = verify_path(v.root, v.size_bytes, v.index, v.chunk, v.path);
    EXPECT_EQ(result ? "valid" : base::name_of(result.error().code), v.expect);
    ++(v.expect == "valid" ? valid : refused);
    if (v.expect != "valid") continue;
    // And we make the same path ourselves.
    const base::Bytes data = pattern(static_cast<std::size_t>(v.size_bytes));
    EXPECT_EQ(tree_path(data, v.index).value(), v.path);
  }
  EXPECT_GE(valid, 12);
  EXPECT_GE(refused, 20);
}

TEST(Blake3Tree, EveryChunkOfManySizesProvesItsPlace) {
  for (const std::size_t size : {0U, 1U, 1023U, 1024U, 1025U, 2048U, 2049U, 3073U, 16384U, 16385U,
                                 17409U, 31744U, 65536U, 100000U}) {
    const base::Bytes data = pattern(size);
    const Blake3Hash root = blake3(data);
    for (std::uint64_t i = 0; i < blake3_chunk_count(size); ++i) {
      const auto path = tree_path(data, i);
      ASSERT_TRUE(path);
      EXPECT_TRUE(verify_path(root, size, i, chunk_of(data, i), *path)) << size << ' ' << i;
    }
    EXPECT_FALSE(tree_path(data, blake3_chunk_count(size)));
  }
}

TEST(Blake3Tree, StoredNodesHoldEveryPath) {
  for (const std::size_t size :
       {0U, 1U, 1024U, 1025U, 2048U, 5000U, 16384U, 16385U, 32768U, 50001U, 131072U}) {
    for (const std::size_t piece : {1U, 1000U, 1024U, 16384U, 40000U}) {
      const base::Bytes data = pattern(size);
      std::vector<TreeNode> stored;
      TreeNodes nodes([&](const TreeNode& node) { stored.push_back(node); });
      for (std::size_t at = 0; at < size; at += piece) {
        nodes.update(base::ByteSpan(data).subspan(at, std::min(piece, size - at)));
      }
      ASSERT_EQ(nodes.finish(), blake3(data)) << size << " in pieces of " << piece;
      ASSERT_EQ(stored.size(), blake3_group_count(size) - 1);
      for (std::uint64_t i = 0; i < blake3_chunk_count(size); ++i) {
        const auto group = i / blake3_group_chunks * blake3_group_size_bytes;
        auto path = path_in_group(
            base::ByteSpan(data).subspan(group, std::min(size - group, blake3_group_size_bytes)),
            i);
        for (const TreeStep& step : tree_steps(size, i)) {
          const TreeNode& node = stored.at(static_cast<std::size_t>(step.node_position));
          path.push_back(step.sibling_is_left ? node.left : node.right);
        }
        EXPECT_EQ(path, tree_path(data, i).value()) << size << ' ' << i;
      }
    }
  }
}

TEST(Blake3Tree, SizesUpToTheLargestAreCounted) {
  EXPECT_EQ(blake3_chunk_count(0), 1U);
  EXPECT_EQ(blake3_chunk_count(1024), 1U);
  EXPECT_EQ(blake3_chunk_count(1025), 2U);
  constexpr std::uint64_t largest = ~std::uint64_t{0};
  EXPECT_EQ(blake3_chunk_count(largest), std::uint64_t{1} << 54U);
  EXPECT_EQ(blake3_chunk_size(largest, (std::uint64_t{1} << 54U) - 1), 1023U);
  EXPECT_EQ(blake3_group_count(0), 1U);
  EXPECT_EQ(blake3_group_count(blake3_group_size_bytes), 1U);
  EXPECT_EQ(blake3_group_count(blake3_group_size_bytes + 1), 2U);
  EXPECT_EQ(blake3_group_count(largest), std::uint64_t{1} << 50U);
  EXPECT_EQ(tree_steps(largest, 0).size(), 50U);
  EXPECT_EQ(tree_steps(largest, 0).back().node_position, (std::uint64_t{1} << 50U) - 2);
}

}  // namespace
}  // namespace tesseras::crypto
