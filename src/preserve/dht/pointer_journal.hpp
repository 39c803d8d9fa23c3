// Where a store of pointers keeps its bytes: a folder of segments that only grow at the end of the
// last one, and go whole, the oldest first (spec/dht.md, section 8). It knows nothing of pointers.
//
// What it holds expires within days and is renewed by its holders, so a power cut may take what was
// written since the last sync(), and damage what lies behind it in a segment; it never makes up
// anything, and never keeps a node from starting.
#pragma once

#include <compare>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>

#include "foundation/base/bytes.hpp"
#include "foundation/base/result.hpp"
#include "foundation/runtime/disk.hpp"
#include "foundation/wire/checked_frame.hpp"

namespace tesseras::dht {

class PointerJournal {
 public:
  // Where a frame begins. Later ones are greater; segments count from 1, so {} is no place.
  struct Place {
    std::uint32_t segment = 0;
    std::uint32_t offset = 0;

    auto operator<=>(const Place&) const = default;
  };
  // Each frame that is whole, in order of its place; returns until when (seconds since 1970) it may
  // be of use.
  using Visit = std::function<std::int64_t(Place, base::ByteSpan payload)>;

  // The folder and its one user: who opens two journals in one folder spoils both. The disk must
  // outlive the journal. Of a segment with damage, or torn at its end, what stands before that is
  // taken; nothing is written behind it. denied, io, exhausted: as the disk says. unsupported: of a
  // later version.
  static base::Result<PointerJournal> open(runtime::Disk& disk, const runtime::path& folder,
                                           const Visit& visit);

  // At most Limits::journal_payload_bytes_max bytes, of use until `keep_until`. Errors as the disk
  // says; then nothing has been added.
  base::Result<Place> append(base::ByteSpan payload, std::int64_t keep_until);
  // What append was given. not_found: its segment is gone. corrupt: damaged. io.
  base::Result<base::Bytes> read(Place place);
  // What was appended survives a power cut from now on.
  base::Result<void> sync();

  std::uint64_t size_bytes() const { return size_bytes_; }
  std::uint32_t oldest_segment() const { return segments_.front().number; }
  std::uint32_t newest_segment() const { return segments_.back().number; }
  std::size_t segment_count() const { return segments_.size(); }
  // Until when anything in the oldest segment may be of use.
  std::int64_t oldest_kept_until() const { return segments_.front().keep_until; }
  // The oldest segment; there must be another behind it.
  base::Result<void> drop_oldest();

  // Frames that were found damaged, at opening and since.
  std::uint64_t damage_count() const { return damage_count_; }

  // The size of a frame that holds so many bytes.
  static std::uint64_t frame_bytes(std::size_t payload_bytes);

 private:
  struct Segment {
    std::uint32_t number = 0;
    std::uint32_t size_bytes = 0;
    std::int64_t keep_until = 0;
  };

  PointerJournal(runtime::Disk& disk, runtime::path folder);

  runtime::path file_of(std::uint32_t segment) const;
  base::Result<void> begin_segment(std::uint32_t number);
  base::Result<bool> load(std::uint32_t number, const Visit& visit);
  base::Result<void> reopen_last();
  base::Result<void> append_frame(base::ByteSpan frame);
  base::Result<runtime::File*> open_for_reading(std::uint32_t segment);

  runtime::Disk* disk_;
  runtime::path folder_;
  wire::CheckedFrames frames_;
  std::deque<Segment> segments_;  // never empty once open
  std::unique_ptr<runtime::File> last_;
  std::map<std::uint32_t, std::unique_ptr<runtime::File>> reading_;
  std::uint64_t size_bytes_ = 0;
  std::uint64_t damage_count_ = 0;
};

}  // namespace tesseras::dht
