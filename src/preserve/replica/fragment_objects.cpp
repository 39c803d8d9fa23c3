#include "preserve/replica/fragment_objects.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "foundation/runtime/whole_file.hpp"
#include "preserve/replica/limits.hpp"
#include "preserve/replica/tree_hasher.hpp"

namespace tesseras::replica {
namespace {

using base::Bytes;
using base::ByteSpan;
using base::Code;
using base::fail;
using base::Result;
using crypto::ChainingValue;
using crypto::TreeNode;
using crypto::TreeStep;
using runtime::path;
using Path = std::vector<ChainingValue>;

constexpr std::uint32_t file_permissions = 0600;

std::unexpected<base::Error> damaged(const ObjectId& object, std::string_view why) {
  return fail(Code::corrupt, "the object {} {}", object.hash.hex(), why);
}

// A chunk, and the part of its path that lies in its group.
Result<ChunkProof> read_chunk(runtime::File& file, const ObjectId& object,
                              std::uint64_t chunk_index) {
  const auto group_begin =
      chunk_index / crypto::blake3_group_chunks * crypto::blake3_group_size_bytes;
  Bytes group(static_cast<std::size_t>(
      std::min<std::uint64_t>(object.size_bytes - group_begin, crypto::blake3_group_size_bytes)));
  const auto size = TRY(file.read_at(group_begin, group));
  if (size < group.size()) return damaged(object, "is too short");
  const auto chunk = ByteSpan(group).subspan(
      static_cast<std::size_t>(chunk_index * crypto::blake3_chunk_size_bytes - group_begin),
      crypto::blake3_chunk_size(object.size_bytes, chunk_index));
  return ChunkProof{Bytes(chunk.begin(), chunk.end()), crypto::path_in_group(group, chunk_index)};
}

void append(Path& path, const Path& rest) { path.insert(path.end(), rest.begin(), rest.end()); }

ChainingValue sibling_at(const TreeStep& step, ByteSpan node) {
  const std::size_t offset = step.sibling_is_left ? 0 : ChainingValue::size_bytes;
  return *ChainingValue::from_bytes(node.subspan(offset, ChainingValue::size_bytes));
}

// A tree that is being written anew beside its place. What cannot be written is done without.
class FreshTree {
 public:
  FreshTree(runtime::Disk& disk, const path& place)
      : disk_(disk), place_(place), fresh_(runtime::new_name_of(place)) {}
  FreshTree(const FreshTree&) = delete;
  FreshTree& operator=(const FreshTree&) = delete;
  ~FreshTree() {
    if (is_begun_ && !is_in_place_) (void)disk_.remove(fresh_);
  }

  void append(ByteSpan nodes) {
    if (!std::exchange(is_begun_, true)) begin();
    if (file_ && !file_->append(nodes)) file_.reset();
  }
  void take_place() { is_in_place_ = file_ && file_->sync() && disk_.rename(fresh_, place_); }

 private:
  void begin() {
    (void)disk_.remove(fresh_);
    if (auto file = disk_.create(fresh_, file_permissions)) file_ = *std::move(file);
  }

  runtime::Disk& disk_;
  path place_;
  path fresh_;
  std::unique_ptr<runtime::File> file_;
  bool is_begun_ = false;
  bool is_in_place_ = false;
};

}  // namespace

Result<void> each_piece(runtime::File& file, std::uint64_t begin, std::uint64_t end,
                        const std::function<Result<void>(ByteSpan)>& take) {
  Bytes piece(static_cast<std::size_t>(std::min<std::uint64_t>(end - begin, Limits::piece_bytes)));
  while (begin < end) {
    const auto wanted =
        static_cast<std::size_t>(std::min<std::uint64_t>(end - begin, piece.size()));
    const auto size = TRY(file.read_at(begin, base::MutableByteSpan(piece).first(wanted)));
    if (size < wanted) return fail(Code::corrupt, "a fragment's file is too short");
    TRY(take(ByteSpan(piece).first(size)));
    begin += size;
  }
  return {};
}

Result<std::unique_ptr<runtime::File>> FragmentObjects::open(const ObjectId& object) {
  auto file = disk_.open_read(layout_.object(object.hash));
  if (!file && (file.error().code == Code::not_found || file.error().code == Code::invalid))
    return damaged(object, "is not there");
  if (file && TRY((*file)->status()).size_bytes != object.size_bytes)
    return damaged(object, "has another size than it must have");
  return file;
}

Result<ChunkProof> FragmentObjects::prove(const ObjectId& object, std::uint64_t chunk_index) {
  const auto file = TRY(open(object));
  const auto is_good = [&](const ChunkProof& proof) {
    return crypto::verify_path(object.hash, object.size_bytes, chunk_index, proof.chunk,
                               proof.path);
  };
  const auto steps = crypto::tree_steps(object.size_bytes, chunk_index);
  ChunkProof proof = TRY(read_chunk(*file, object, chunk_index));
  if (const auto path = read_path(object, steps)) {
    append(proof.path, *path);
    if (is_good(proof)) return proof;
  }
  // Either the tree is damaged or the object is; mend() tells which.
  const auto path = TRY(mend(object, *file, steps));
  proof = TRY(read_chunk(*file, object, chunk_index));
  append(proof.path, path);
  TRY(is_good(proof));
  return proof;
}

Result<Path> FragmentObjects::read_path(const ObjectId& object, std::span<const TreeStep> steps) {
  if (steps.empty()) return Path{};
  const auto tree = TRY(disk_.open_read(tree_of(layout_.object(object.hash))));
  Path found;
  for (auto rest = steps; !rest.empty();) {
    // As many of them as one read reaches, which are all but of the largest fragments.
    const auto first = rest.front().node_position;
    const auto end = std::ranges::find_if(rest, [&](const TreeStep& step) {
      return step.node_position - first >= Limits::piece_bytes / TreeNode::size_bytes;
    });
    const auto count = static_cast<std::size_t>(end - rest.begin());
    Bytes nodes(static_cast<std::size_t>(rest[count - 1].node_position - first + 1) *
                TreeNode::size_bytes);
    if (TRY(tree->read_at(first * TreeNode::size_bytes, nodes)) < nodes.size())
      return damaged(object, "has a tree that is too short");
    for (const TreeStep& step : rest.first(count)) {
      const auto at = static_cast<std::size_t>(step.node_position - first) * TreeNode::size_bytes;
      found.push_back(sibling_at(step, ByteSpan(nodes).subspan(at)));
    }
    rest = rest.subspan(count);
  }
  return found;
}

// Makes the tree again, and picks these steps from it on the way.
Result<Path> FragmentObjects::mend(const ObjectId& object, runtime::File& file,
                                   std::span<const TreeStep> steps) {
  const std::lock_guard lock(mending_);
  FreshTree fresh(disk_, tree_of(layout_.object(object.hash)));
  Path found(steps.size());
  std::uint64_t position = 0;
  TreeHasher hasher([&](ByteSpan nodes) -> Result<void> {
    fresh.append(nodes);
    for (; !nodes.empty(); nodes = nodes.subspan(TreeNode::size_bytes), ++position) {
      const auto step = std::ranges::find(steps, position, &TreeStep::node_position);
      if (step != steps.end())
        found[static_cast<std::size_t>(step - steps.begin())] = sibling_at(*step, nodes);
    }
    return {};
  });
  TRY(each_piece(file, 0, object.size_bytes, [&](ByteSpan piece) { return hasher.update(piece); }));
  if (TRY(hasher.finish()) != object.hash) return damaged(object, "no longer has its hash");
  fresh.take_place();
  return found;
}

Result<void> FragmentObjects::check(const ObjectId& object) {
  const auto file = TRY(open(object));
  file->drop_cached();
  crypto::Blake3 tree;
  TreeHasher hasher([&](ByteSpan nodes) -> Result<void> {
    tree.update(nodes);
    return {};
  });
  TRY(each_piece(*file, 0, object.size_bytes,
                 [&](ByteSpan piece) { return hasher.update(piece); }));
  if (TRY(hasher.finish()) != object.hash) return damaged(object, "no longer has its hash");
  if (crypto::blake3_group_count(object.size_bytes) == 1) return {};
  const auto there = hash_of_tree(object);
  if (there && *there == tree.hash()) return {};
  TRY(mend(object, *file, {}));
  return {};
}

Result<crypto::Blake3Hash> FragmentObjects::hash_of_tree(const ObjectId& object) {
  const auto tree = TRY(disk_.open_read(tree_of(layout_.object(object.hash))));
  tree->drop_cached();
  crypto::Blake3 hasher;
  TRY(each_piece(*tree, 0, TRY(tree->status()).size_bytes, [&](ByteSpan piece) -> Result<void> {
    hasher.update(piece);
    return {};
  }));
  return hasher.hash();
}

void FragmentObjects::remove(const crypto::Blake3Hash& hash) {
  (void)disk_.remove(layout_.object(hash));
  (void)disk_.remove(tree_of(layout_.object(hash)));
  (void)disk_.remove(layout_.quarantined(hash));
}

void FragmentObjects::set_aside(const crypto::Blake3Hash& hash) {
  (void)disk_.rename(layout_.object(hash), layout_.quarantined(hash));
  (void)disk_.remove(tree_of(layout_.object(hash)));
}

}  // namespace tesseras::replica
