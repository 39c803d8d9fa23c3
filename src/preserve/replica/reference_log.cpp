#include "preserve/replica/reference_log.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "foundation/base/assert.hpp"
#include "foundation/base/text.hpp"
#include "foundation/crypto/blake3.hpp"
#include "foundation/runtime/free_name.hpp"
#include "foundation/runtime/whole_file.hpp"
#include "preserve/replica/limits.hpp"

namespace tesseras::replica {
namespace {

using base::Bytes;
using base::ByteSpan;
using base::Code;
using base::fail;
using base::Result;
using runtime::path;
using wire::CheckedFrames;

// On disk: never changed. The version is the byte behind the magic, and all eight have a checksum,
// so that a damaged byte is not taken for another version.
constexpr std::string_view magic = "TESSREF";
constexpr std::byte version{1};
constexpr std::size_t named_bytes = 8;
constexpr std::size_t header_bytes = 16;
constexpr std::uint32_t file_permissions = 0600;
constexpr std::size_t frame_bytes_max = CheckedFrames::head_bytes + reference_event_bytes_max;

std::array<std::byte, header_bytes> header_of(std::byte its_version) {
  std::array<std::byte, header_bytes> header{};
  std::ranges::copy(base::as_bytes(magic), header.begin());
  header[magic.size()] = its_version;
  const auto hash = crypto::blake3(ByteSpan(header).first(named_bytes));
  std::copy_n(hash.bytes.begin(), header_bytes - named_bytes, header.begin() + named_bytes);
  return header;
}

path damaged_name_of(const path& file) {
  path name = file;
  name += ".damaged";
  return name;
}

// A file from a place on, of which the next few bytes can be looked at.
class Window {
 public:
  Window(runtime::File& file, std::uint64_t offset) : file_(file), offset_(offset) {}

  // At least `wanted` of the next bytes; fewer only at the end of the file.
  Result<ByteSpan> look(std::size_t wanted) {
    if (bytes_.size() - taken_ < wanted && !is_at_end_) {
      bytes_.erase(bytes_.begin(), bytes_.begin() + static_cast<std::ptrdiff_t>(taken_));
      taken_ = 0;
      const std::size_t before = bytes_.size();
      bytes_.resize(before + Limits::piece_bytes);
      const auto read = file_.read_at(offset_, base::MutableByteSpan(bytes_).subspan(before));
      bytes_.resize(before + read.value_or(0));
      is_at_end_ = TRY(read) < Limits::piece_bytes;
      offset_ += bytes_.size() - before;
    }
    return ByteSpan(bytes_).subspan(taken_);
  }
  void skip(std::size_t size_bytes) { taken_ += size_bytes; }

 private:
  runtime::File& file_;
  std::uint64_t offset_;
  Bytes bytes_;
  std::size_t taken_ = 0;
  bool is_at_end_ = false;
};

}  // namespace

ReferenceLog::ReferenceLog(runtime::Disk& disk, path file)
    : disk_(&disk), path_(std::move(file)), frames_(reference_event_bytes_max) {}

Result<ReferenceLog> ReferenceLog::open(runtime::Disk& disk, const path& file, const Visit& visit) {
  ReferenceLog log(disk, file);
  const auto opened = disk.open_read(file);
  if (!opened && opened.error().code != Code::not_found) return fail(opened.error());
  if (opened) TRY(log.load(**opened, visit));
  log.must_be_rewritten_ = log.condition_ != Condition::whole;
  return log;
}

// Whether it is as it should be.
Result<bool> ReferenceLog::read_header(runtime::File& file) const {
  std::array<std::byte, header_bytes> header{};
  if (TRY(file.read_at(0, header)) < header_bytes) return false;
  if (header == header_of(version)) return true;
  if (header == header_of(header[magic.size()]))
    return fail(Code::unsupported, "{} was written by another release",
                base::to_printable(path_.native()));
  return false;
}

Result<void> ReferenceLog::load(runtime::File& file, const Visit& visit) {
  const bool has_header = TRY(read_header(file));
  bool has_gap = false;
  std::uint64_t skipped_bytes = 0;  // since the last whole frame
  Window window(file, header_bytes);
  for (;;) {
    const ByteSpan bytes = TRY(window.look(frame_bytes_max));
    if (bytes.empty()) break;
    const auto payload = frames_.payload_at(bytes);
    const auto event = payload ? decode_reference_event(*payload)
                               : Result<ReferenceEvent>(fail(Code::corrupt, "no frame"));
    if (!event) {
      window.skip(1);
      ++skipped_bytes;
      continue;
    }
    visit(*event);
    window.skip(CheckedFrames::head_bytes + payload->size());
    if (skipped_bytes > 0) has_gap = true;
    skipped_bytes = 0;
    ++event_count_;
  }
  size_bytes_ = TRY(file.status()).size_bytes;
  if (!has_header || has_gap || skipped_bytes > frame_bytes_max) {
    condition_ = Condition::damaged;
  } else {
    condition_ = skipped_bytes > 0 ? Condition::torn : Condition::whole;
  }
  return {};
}

Result<void> ReferenceLog::append(const ReferenceEvent& event) {
  ASSERT(!must_be_rewritten_);
  if (!file_) file_ = TRY(disk_->open_append(path_));
  const Bytes frame = frames_.frame(encode(event));
  auto added = file_->append(frame);
  if (added) added = file_->sync();
  if (added) {
    size_bytes_ += frame.size();
    ++event_count_;
    return {};
  }
  // Part of it may be there, or all: a start must not find what was said to have failed.
  if (!file_->truncate(size_bytes_) || !file_->sync()) {
    must_be_rewritten_ = true;
    file_.reset();
  }
  return added;
}

bool ReferenceLog::is_mostly_void(std::uint64_t events) const {
  return event_count_ > 2 * events + Limits::void_frames_max && event_count_ >= next_try_;
}

Result<void> ReferenceLog::rewrite(const Source& next) {
  const path fresh = runtime::new_name_of(path_);
  // Where it cannot be done, every further event would try again.
  next_try_ = event_count_ + Limits::void_frames_max;
  const auto written = write_fresh(fresh, next);
  if (!written) {
    (void)disk_->remove(fresh);  // the first error is the one to tell
    return fail(written.error());
  }
  // From here on nobody knows which of the two a power cut leaves, until the folder is synced.
  must_be_rewritten_ = true;
  file_.reset();
  TRY(take_place(fresh));
  must_be_rewritten_ = false;
  condition_ = Condition::whole;
  event_count_ = *written;
  next_try_ = 0;
  return {};
}

Result<void> ReferenceLog::take_place(const path& fresh) {
  // A second name, so that there is a log at every moment. Where the file system has none, whoever
  // wants to look into the damage has to do without.
  if (condition_ == Condition::damaged) {
    const path damaged = damaged_name_of(path_);
    (void)disk_->remove(damaged);
    (void)disk_->link(path_, damaged);
    condition_ = Condition::whole;  // what takes its place, should this have to be done again
  }
  TRY(disk_->rename(fresh, path_));
  size_bytes_ = TRY(disk_->status(path_)).size_bytes;
  return disk_->sync(std::array{path_.parent_path()});
}

// How many events there are.
Result<std::uint64_t> ReferenceLog::write_fresh(const path& fresh, const Source& next) {
  const auto file = TRY(runtime::create_anew(*disk_, fresh, file_permissions));
  const auto header = header_of(version);
  Bytes piece(header.begin(), header.end());
  std::uint64_t events = 0;
  while (const auto event = next()) {
    const Bytes frame = frames_.frame(encode(*event));
    piece.insert(piece.end(), frame.begin(), frame.end());
    ++events;
    if (piece.size() < Limits::piece_bytes) continue;
    TRY(file->append(piece));
    piece.clear();
  }
  if (!piece.empty()) TRY(file->append(piece));
  TRY(file->sync());
  return events;
}

}  // namespace tesseras::replica
