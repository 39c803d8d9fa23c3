#include "preserve/replica/incoming_fragment.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "foundation/runtime/free_name.hpp"
#include "preserve/replica/holding_layout.hpp"
#include "preserve/replica/limits.hpp"

namespace tesseras::replica {
namespace {

using base::Bytes;
using base::ByteSpan;
using base::Code;
using base::fail;
using base::Result;
using runtime::path;

constexpr std::uint32_t file_permissions = 0600;

}  // namespace

IncomingFragment::IncomingFragment(runtime::Disk& disk, path file, const crypto::Blake3Hash& hash,
                                   std::uint64_t size_bytes, Purpose purpose)
    : disk_(disk), path_(std::move(file)), hash_(hash), size_bytes_(size_bytes), purpose_(purpose) {
  begin_anew();
}

Result<std::unique_ptr<IncomingFragment>> IncomingFragment::open(runtime::Disk& disk,
                                                                 const path& file,
                                                                 const crypto::Blake3Hash& hash,
                                                                 std::uint64_t size_bytes,
                                                                 Purpose purpose) {
  std::unique_ptr<IncomingFragment> incoming(
      new IncomingFragment(disk, file, hash, size_bytes, purpose));
  TRY(incoming->take_over());
  return incoming;
}

Result<void> IncomingFragment::take_over() {
  TRY(runtime::remove_if_there(disk_, tree_of(path_)));
  auto file = disk_.open_append(path_);
  if (!file && file.error().code == Code::not_found) return {};
  if (!file) return fail(std::move(file).error());
  const std::uint64_t there = TRY((*file)->status()).size_bytes;
  if (there > size_bytes_) return disk_.remove(path_);
  file_ = *std::move(file);
  Bytes piece(Limits::piece_bytes);
  while (offset_ < there) {
    const std::size_t size = TRY(file_->read_at(offset_, piece));
    if (size == 0) return fail(Code::io, "{} became shorter while it was read", path_.native());
    TRY(hasher_->update(ByteSpan(piece).first(size)));
    offset_ += size;
  }
  found_bytes_ = offset_;
  return {};
}

Result<void> IncomingFragment::append(ByteSpan bytes) {
  if (is_broken_) return fail(Code::io, "what came of this fragment could not be written");
  if (bytes.size() > size_bytes_ - offset_)
    return fail(Code::exhausted, "the fragment has {} bytes, and more came", size_bytes_);
  while (!bytes.empty()) {
    const ByteSpan piece = bytes.first(std::min(bytes.size(), Limits::piece_bytes));
    auto written = write(piece);
    if (!written) {
      const auto there = file_ ? file_->status() : fail(Code::not_found, "no file");
      if (there) torn_bytes_ = there->size_bytes - std::min(there->size_bytes, offset_);
      give_up();
      return written;
    }
    offset_ += piece.size();
    bytes = bytes.subspan(piece.size());
  }
  return {};
}

Result<void> IncomingFragment::write(ByteSpan bytes) {
  if (!file_) file_ = TRY(disk_.create(path_, file_permissions));
  TRY(file_->append(bytes));
  // So that finish() has little left to wait for.
  if (purpose_ == Purpose::to_keep) file_->begin_writeback();
  return hasher_->update(bytes);
}

Result<void> IncomingFragment::write_nodes(ByteSpan nodes) {
  if (purpose_ == Purpose::to_use) return {};
  if (!tree_) tree_ = TRY(disk_.create(tree_of(path_), file_permissions));
  has_tree_ = true;
  return tree_->append(nodes);
}

Result<void> IncomingFragment::finish() {
  if (is_broken_) return fail(Code::io, "what came of this fragment could not be written");
  if (offset_ < size_bytes_)
    return fail(Code::invalid, "{} of {} bytes of the fragment are missing", size_bytes_ - offset_,
                size_bytes_);
  if (is_whole_) return sync();
  const auto hash = hasher_->finish();
  if (!hash) {
    give_up();
    return fail(hash.error());
  }
  // Another process, or work that an earlier one of this had left behind, may have written, too.
  const bool is_alone = file_ == nullptr || TRY(file_->status()).size_bytes == size_bytes_;
  is_whole_ = is_alone && *hash == hash_;
  if (is_whole_) return sync();
  const bool was_found = found_bytes_ > 0 || !is_alone;
  discard();
  if (was_found)
    return fail(Code::unavailable,
                "what had been received of the fragment before was damaged; send it again");
  return fail(Code::corrupt, "the bytes received are not those of the fragment {}", hash_.hex());
}

Result<void> IncomingFragment::sync() {
  if (purpose_ == Purpose::to_use) return {};
  std::vector<path> files{path_};
  if (has_tree_) files.push_back(tree_of(path_));
  return disk_.sync(files);
}

Result<void> IncomingFragment::move_to(const path& place) {
  if (has_tree_) TRY(disk_.rename(tree_of(path_), tree_of(place)));
  auto moved = disk_.rename(path_, place);
  // What stands at that place now, if anything, is another file.
  if (!moved) move_tree_back(place);
  is_elsewhere_ = moved.has_value();
  return moved;
}

void IncomingFragment::move_back(const path& place) {
  is_elsewhere_ = !disk_.rename(place, path_);
  if (is_elsewhere_) give_up();
  move_tree_back(place);
}

void IncomingFragment::move_tree_back(const path& place) {
  if (has_tree_ && !disk_.rename(tree_of(place), tree_of(path_))) give_up();
}

void IncomingFragment::give_up() {
  is_broken_ = true;
  file_.reset();
  tree_.reset();
}

void IncomingFragment::discard() {
  discard_incoming(disk_, path_);
  begin_anew();
}

void IncomingFragment::begin_anew() {
  file_.reset();
  tree_.reset();
  offset_ = found_bytes_ = torn_bytes_ = 0;
  is_whole_ = has_tree_ = false;
  hasher_ = std::make_unique<TreeHasher>([this](ByteSpan nodes) { return write_nodes(nodes); });
}

void discard_incoming(runtime::Disk& disk, const path& file) {
  (void)disk.remove(file);
  (void)disk.remove(tree_of(file));
}

}  // namespace tesseras::replica
