// Which tesserae this node does not keep (spec/retraction.md, section 5): those that their author
// has taken back, and those that its operator refuses. A small file each, so that it stands over
// restarts. For one thread, under the lock of who runs the node; writing blocks for as long as a
// small file needs to reach the medium.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>

#include "foundation/base/result.hpp"
#include "foundation/base/strong_id.hpp"
#include "foundation/base/time.hpp"
#include "foundation/runtime/disk.hpp"
#include "preserve/replica/retraction.hpp"

namespace tesseras::replica {

enum class Refusal {
  retracted,  // also where the operator refuses it, too
  blocked,
};

class Refusals {
 public:
  using Since = std::map<base::ContentHash, base::WallTime>;

  // `folder` (made when missing) belongs to nobody else; `disk` outlives it. Errors of the disk.
  static Result<Refusals> open(runtime::Disk& disk, const runtime::path& folder);

  // nullopt: it may be kept.
  std::optional<Refusal> of(const base::ContentHash& content_hash) const;

  // Durable when these return. Errors of the disk; then nothing has changed.
  //
  // One that is here already stays as it is. Where there are too many (Limits::retractions_max),
  // the one that is known longest goes. Whether it is new.
  Result<bool> retract(const SignedRetraction& retraction, base::WallTime now);
  // conflict: it is blocked already.
  Result<void> block(const base::ContentHash& content_hash, base::WallTime now);
  // not_found: it is not blocked.
  Result<void> unblock(const base::ContentHash& content_hash);

  // not_found: there is none. corrupt: its file is damaged.
  Result<SignedRetraction> retraction(const base::ContentHash& content_hash) const;

  // Since when they are known here; of one whose file does not say it, 1970.
  const Since& retracted() const { return retracted_; }
  const Since& blocked() const { return blocked_; }

 private:
  Refusals(runtime::Disk& disk, const runtime::path& folder)
      : disk_(&disk),
        retracted_folder_(folder / "retracted"),
        blocked_folder_(folder / "blocked") {}
  Result<void> load();
  Result<void> make_place();

  runtime::Disk* disk_;
  runtime::path retracted_folder_;
  runtime::path blocked_folder_;
  Since retracted_;
  Since blocked_;
};

}  // namespace tesseras::replica
