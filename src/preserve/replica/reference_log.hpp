// The log of references (spec/holding.md, section 4): a file that grows by one event at a time,
// each on the medium before the next. It knows nothing of what the events mean together; its user
// gives it those that still hold when it is written again.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

#include "foundation/base/bytes.hpp"
#include "foundation/base/result.hpp"
#include "foundation/runtime/disk.hpp"
#include "foundation/wire/checked_frame.hpp"
#include "preserve/replica/reference.hpp"

namespace tesseras::replica {

// For one thread at a time.
class ReferenceLog {
 public:
  enum class Condition {
    whole,
    torn,     // as a power cut leaves it: at most the last event is not there
    damaged,  // events may be missing anywhere; or there is no log
  };
  using Visit = std::function<void(const ReferenceEvent&)>;
  // The next event; nullopt behind the last.
  using Source = std::function<std::optional<ReferenceEvent>()>;

  // Visits all events that are whole, in their order. Nothing is written: a log that is not whole
  // must_be_rewritten(). The disk must outlive the log. Errors of the disk. unsupported: a later
  // version's.
  static base::Result<ReferenceLog> open(runtime::Disk& disk, const runtime::path& file,
                                         const Visit& visit);

  Condition condition() const { return condition_; }
  // Before anything can be appended: it is not whole, or what an append() that failed has left of
  // its event may still be found.
  bool must_be_rewritten() const { return must_be_rewritten_; }

  // Adds an event, which survives a power cut when this returns. Errors of the disk; then the event
  // is not there, unless the log must_be_rewritten() now: then nobody knows until it is.
  base::Result<void> append(const ReferenceEvent& event);

  // True when so many events that still hold are few among all that are in it.
  bool is_mostly_void(std::uint64_t events) const;
  // Puts a log of these events in the place of this one. A damaged one is kept beside it, as
  // FILE.damaged. Errors of the disk; then the log is as it was, or must_be_rewritten().
  base::Result<void> rewrite(const Source& next);

 private:
  ReferenceLog(runtime::Disk& disk, runtime::path file);

  base::Result<void> load(runtime::File& file, const Visit& visit);
  base::Result<bool> read_header(runtime::File& file) const;
  base::Result<std::uint64_t> write_fresh(const runtime::path& fresh, const Source& next);
  base::Result<void> take_place(const runtime::path& fresh);

  runtime::Disk* disk_;
  runtime::path path_;
  wire::CheckedFrames frames_;
  std::unique_ptr<runtime::File> file_;  // for appending, once something was
  Condition condition_ = Condition::damaged;
  bool must_be_rewritten_ = true;
  std::uint64_t size_bytes_ = 0;
  std::uint64_t event_count_ = 0;
  std::uint64_t next_try_ = 0;  // events, before it is mostly void again
};

}  // namespace tesseras::replica
