#include "preserve/replica/rosters.hpp"

#include <utility>

#include "preserve/replica/limits.hpp"

namespace tesseras::replica {

using base::Code;
using base::fail;
using base::Result;

Result<Rosters> Rosters::open(runtime::Disk& disk, runtime::path folder, const runtime::Log& log) {
  Rosters rosters(TRY(runtime::NoteFolder::open(disk, std::move(folder))));
  const auto take = [&](const base::PlanId& plan, base::ByteSpan bytes) -> Result<void> {
    auto roster = TRY(decode_roster(bytes));
    if (roster.plan != plan) return fail(Code::corrupt, "it is of another plan");
    rosters.all_.emplace(plan, std::move(roster));
    return {};
  };
  TRY(rosters.folder_.load<base::PlanId>(
      Limits::roster_bytes_max, take,
      "a list of holders cannot be read; they will be asked for again", log));
  return rosters;
}

Roster Rosters::of(const base::PlanId& plan) const {
  const auto at = all_.find(plan);
  return at == all_.end() ? Roster{plan, {}} : at->second;
}

Result<void> Rosters::set(const Roster& roster) {
  TRY(folder_.set(roster.plan.hex(), encode(roster)));
  all_.insert_or_assign(roster.plan, roster);
  return {};
}

Result<void> Rosters::remove(const base::PlanId& plan) {
  if (!all_.contains(plan)) return {};
  TRY(folder_.remove(plan.hex()));
  all_.erase(plan);
  return {};
}

}  // namespace tesseras::replica
