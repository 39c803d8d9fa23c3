// All rosters of a node, each in a file of its own, so that a restart knows whom it has asked. For
// one thread; writing blocks for as long as a small file needs to reach the medium.
#pragma once

#include <map>

#include "foundation/base/result.hpp"
#include "foundation/runtime/disk.hpp"
#include "foundation/runtime/log.hpp"
#include "foundation/runtime/note_folder.hpp"
#include "preserve/replica/roster.hpp"

namespace tesseras::replica {

class Rosters {
 public:
  // `folder` (made when missing) belongs to nobody else; `disk` outlives it. A file that is damaged
  // goes, with a word to the log: what stood in it can be asked for again. Errors of the disk.
  static base::Result<Rosters> open(runtime::Disk& disk, runtime::path folder,
                                    const runtime::Log& log);

  const std::map<base::PlanId, Roster>& all() const { return all_; }
  // An empty one where there is none.
  Roster of(const base::PlanId& plan) const;
  // In the place of that plan's; on the medium when this returns. Errors of the disk; then nothing
  // has changed.
  base::Result<void> set(const Roster& roster);
  // Errors of the disk; then it is still there. None is none.
  base::Result<void> remove(const base::PlanId& plan);

 private:
  explicit Rosters(runtime::NoteFolder folder) : folder_(std::move(folder)) {}

  runtime::NoteFolder folder_;
  std::map<base::PlanId, Roster> all_;
};

}  // namespace tesseras::replica
