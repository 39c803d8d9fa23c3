#include "preserve/dht/pointer_journal.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "foundation/base/assert.hpp"
#include "foundation/base/text.hpp"
#include "foundation/wire/reader.hpp"
#include "preserve/dht/limits.hpp"

namespace tesseras::dht {
namespace {

using base::Bytes;
using base::ByteSpan;
using base::Code;
using base::fail;
using base::Result;
using runtime::path;
using wire::CheckedFrames;

// On disk: never changed. The version is the byte behind the magic.
constexpr std::string_view magic = "TESSPTR";
constexpr std::byte version{1};
constexpr std::size_t header_bytes = 8;
constexpr std::uint32_t file_permissions = 0600;
constexpr std::uint32_t folder_permissions = 0700;
constexpr std::string_view suffix = ".journal";
constexpr std::size_t digits = 10;
// Far beyond what is ever reached, and one can still be added.
constexpr std::uint32_t number_max = 4'000'000'000;

Bytes header() {
  Bytes bytes = base::to_bytes(magic);
  bytes.push_back(version);
  return bytes;
}

std::optional<std::uint32_t> number_of(std::string_view name) {
  if (name.size() != digits + suffix.size() || !name.ends_with(suffix)) return std::nullopt;
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + digits, number);
  if (error != std::errc() || end != name.data() + digits || number == 0 || number > number_max)
    return std::nullopt;
  return number;
}

// The folder, and those above it up to the first that is there already: a new folder is on the
// medium only when the one that holds its name is.
Result<void> make_folder(runtime::Disk& disk, const path& folder) {
  std::vector<path> names;
  for (path at = folder; at.has_relative_path() && !disk.status(at); at = at.parent_path())
    names.push_back(at.has_parent_path() ? at.parent_path() : path("."));
  if (names.empty()) return {};
  TRY(disk.make_folders(folder, folder_permissions));
  return disk.sync(names);
}

Result<Bytes> read_whole(runtime::File& file) {
  Bytes bytes(std::min<std::uint64_t>(
      TRY(file.status()).size_bytes,
      Limits::segment_bytes + CheckedFrames::head_bytes + Limits::journal_payload_bytes_max));
  bytes.resize(TRY(file.read_at(0, bytes)));
  return bytes;
}

}  // namespace

PointerJournal::PointerJournal(runtime::Disk& disk, path folder)
    : disk_(&disk), folder_(std::move(folder)), frames_(Limits::journal_payload_bytes_max) {}

std::uint64_t PointerJournal::frame_bytes(std::size_t payload_bytes) {
  return CheckedFrames::head_bytes + payload_bytes;
}

path PointerJournal::file_of(std::uint32_t segment) const {
  return folder_ / fmt::format("{:010}{}", segment, suffix);
}

Result<PointerJournal> PointerJournal::open(runtime::Disk& disk, const path& folder,
                                            const Visit& visit) {
  TRY(make_folder(disk, folder));
  PointerJournal journal(disk, folder);
  std::vector<std::uint32_t> numbers;
  for (const auto& entry : TRY(disk.list(folder))) {
    const auto number = number_of(entry.name);
    if (number && entry.kind == runtime::FileKind::file) numbers.push_back(*number);
  }
  // Ten digits sort as numbers do.
  bool last_is_whole = false;
  for (const std::uint32_t number : numbers) last_is_whole = TRY(journal.load(number, visit));
  if (journal.segments_.empty()) {
    TRY(journal.begin_segment(1));
  } else if (last_is_whole) {
    TRY(journal.reopen_last());
  } else {
    // Nothing is added behind damage, where the next start would not find it.
    TRY(journal.begin_segment(journal.newest_segment() + 1));
  }
  return journal;
}

// False when something behind the last whole frame could not be read.
Result<bool> PointerJournal::load(std::uint32_t number, const Visit& visit) {
  const auto file = TRY(disk_->open_read(file_of(number)));
  const Bytes bytes = TRY(read_whole(*file));
  Segment segment{number, 0, 0};
  if (bytes.size() >= header_bytes &&
      std::ranges::equal(ByteSpan(bytes).first(magic.size()), base::as_bytes(magic))) {
    if (bytes[magic.size()] != version)
      return fail(Code::unsupported, "{} was written by another release",
                  base::to_printable(file_of(number).native()));
    segment.size_bytes = header_bytes;
  }
  while (segment.size_bytes > 0) {
    const auto payload = frames_.payload_at(ByteSpan(bytes).subspan(segment.size_bytes));
    if (!payload) break;
    const Place place{number, segment.size_bytes};
    segment.keep_until = std::max(segment.keep_until, visit(place, *payload));
    segment.size_bytes += static_cast<std::uint32_t>(frame_bytes(payload->size()));
  }
  const bool is_whole = segment.size_bytes == bytes.size() && segment.size_bytes > 0;
  if (!is_whole) ++damage_count_;
  size_bytes_ += segment.size_bytes;
  segments_.push_back(segment);
  return is_whole;
}

Result<void> PointerJournal::reopen_last() {
  last_ = TRY(disk_->open_append(file_of(newest_segment())));
  return {};
}

Result<void> PointerJournal::begin_segment(std::uint32_t number) {
  // What a power cut finds torn is then always in the last segment. Where it fails, what was
  // written may be lost, as it may be before every sync().
  if (last_ && !last_->sync()) ++damage_count_;
  auto file = disk_->create(file_of(number), file_permissions);
  if (!file && file.error().code == Code::conflict) {
    // Left from an attempt that failed below; nothing in it was ever promised.
    TRY(disk_->remove(file_of(number)));
    file = disk_->create(file_of(number), file_permissions);
  }
  if (!file) return fail(std::move(file).error());
  TRY((*file)->append(header()));
  TRY((*file)->sync());
  const std::array<path, 1> folder = {folder_};
  TRY(disk_->sync(folder));
  last_ = std::move(*file);
  segments_.push_back({number, header_bytes, 0});
  size_bytes_ += header_bytes;
  return {};
}

Result<void> PointerJournal::append_frame(ByteSpan frame) {
  auto appended = last_->append(frame);
  if (appended) return {};
  // A part of it may be there. Cut it off, or leave the segment: nothing is added behind it.
  if (!last_->truncate(segments_.back().size_bytes)) {
    auto begun = begin_segment(newest_segment() + 1);
    if (!begun) return fail(std::move(begun).error());
  }
  return appended;
}

Result<PointerJournal::Place> PointerJournal::append(ByteSpan payload, std::int64_t keep_until) {
  ASSERT(!payload.empty() && payload.size() <= Limits::journal_payload_bytes_max);
  if (segments_.back().size_bytes >= Limits::segment_bytes)
    TRY(begin_segment(newest_segment() + 1));
  const Bytes frame = frames_.frame(payload);
  TRY(append_frame(frame));
  Segment& segment = segments_.back();
  const Place place{segment.number, segment.size_bytes};
  segment.size_bytes += static_cast<std::uint32_t>(frame.size());
  segment.keep_until = std::max(segment.keep_until, keep_until);
  size_bytes_ += frame.size();
  return place;
}

Result<runtime::File*> PointerJournal::open_for_reading(std::uint32_t segment) {
  if (segment == newest_segment()) return last_.get();
  const auto open = reading_.find(segment);
  if (open != reading_.end()) return open->second.get();
  auto file = TRY(disk_->open_read(file_of(segment)));
  if (reading_.size() >= Limits::open_segments) reading_.clear();
  return (reading_[segment] = std::move(file)).get();
}

Result<Bytes> PointerJournal::read(Place place) {
  const auto segment = std::ranges::find(segments_, place.segment, &Segment::number);
  if (segment == segments_.end()) return fail(Code::not_found, "its segment is gone");
  runtime::File* file = TRY(open_for_reading(place.segment));
  // A frame has some 400 bytes mostly; the rest of a long one is read once its length is known.
  Bytes bytes(1024);
  bytes.resize(TRY(file->read_at(place.offset, bytes)));
  const auto length = wire::Reader(bytes).u32_le();
  if (length && *length <= Limits::journal_payload_bytes_max &&
      frame_bytes(*length) > bytes.size()) {
    bytes.resize(frame_bytes(*length));
    bytes.resize(TRY(file->read_at(place.offset, bytes)));
  }
  const auto payload = frames_.payload_at(bytes);
  if (!payload) {
    ++damage_count_;
    return fail(Code::corrupt, "the frame at {} of {} is damaged", place.offset,
                base::to_printable(file_of(place.segment).native()));
  }
  return Bytes(payload->begin(), payload->end());
}

Result<void> PointerJournal::sync() { return last_->sync(); }

Result<void> PointerJournal::drop_oldest() {
  ASSERT(segments_.size() > 1);
  reading_.erase(oldest_segment());
  TRY(disk_->remove(file_of(oldest_segment())));
  size_bytes_ -= segments_.front().size_bytes;
  segments_.pop_front();
  return {};
}

}  // namespace tesseras::dht
