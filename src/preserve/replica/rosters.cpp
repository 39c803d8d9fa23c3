#include "preserve/replica/rosters.hpp"

#include <array>

#include "foundation/runtime/whole_file.hpp"
#include "preserve/replica/limits.hpp"

namespace tesseras::replica {
namespace {

using base::Code;
using base::fail;
using base::Result;

constexpr std::uint32_t file_permissions = 0600;
constexpr std::uint32_t folder_permissions = 0700;

}  // namespace

Result<Rosters> Rosters::open(runtime::Disk& disk, runtime::path folder, const runtime::Log& log) {
  TRY(disk.make_folders(folder, folder_permissions));
  TRY(disk.sync(std::array{folder.parent_path()}));
  Rosters rosters(disk, std::move(folder));
  for (const auto& entry : TRY(disk.list(rosters.folder_))) {
    const auto plan = base::PlanId::from_hex(entry.name);
    const auto file = rosters.folder_ / entry.name;
    if (!plan) continue;  // one that was being written
    const auto bytes = runtime::read_whole(disk, file, Limits::roster_bytes_max);
    if (!bytes && bytes.error().code != Code::corrupt) return fail(bytes.error());
    auto roster = bytes ? decode_roster(*bytes) : fail(bytes.error());
    if (roster && roster->plan == *plan) {
      rosters.all_.emplace(*plan, *std::move(roster));
      continue;
    }
    if (!roster && roster.error().code == Code::unsupported) return fail(roster.error());
    log.warn("a list of holders cannot be read; they will be asked for again",
             {{"plan", plan->hex()}});
    TRY(disk.remove(file));
  }
  return rosters;
}

Roster Rosters::of(const base::PlanId& plan) const {
  const auto at = all_.find(plan);
  return at == all_.end() ? Roster{plan, {}} : at->second;
}

Result<void> Rosters::set(const Roster& roster) {
  TRY(runtime::replace_whole(*disk_, file_of(roster.plan), file_permissions, encode(roster)));
  all_.insert_or_assign(roster.plan, roster);
  return {};
}

Result<void> Rosters::remove(const base::PlanId& plan) {
  if (!all_.contains(plan)) return {};
  TRY(disk_->remove(file_of(plan)));
  all_.erase(plan);
  return {};
}

}  // namespace tesseras::replica
