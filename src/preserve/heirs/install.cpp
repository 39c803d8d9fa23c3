#include "preserve/heirs/install.hpp"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "foundation/base/text.hpp"

namespace tesseras::heirs {
namespace {

using base::Code;
using base::fail;
using runtime::path;

constexpr std::uint32_t folder_permissions = 0700;

// "identity.before-20260215T093000Z"
std::string backup_name(base::WallTime now) {
  const auto time = base::to_civil(now);
  return fmt::format("identity.before-{:04}{:02}{:02}T{:02}{:02}{:02}Z", time.year, time.month,
                     time.day, time.hour, time.minute, time.second);
}

Result<bool> is_there(runtime::Disk& disk, const path& at) {
  const auto status = disk.status(at);
  if (status) return true;
  if (status.error().code == Code::not_found) return false;
  return fail(status.error());
}

}  // namespace

Result<std::optional<path>> install(runtime::Disk& disk, const path& data_dir,
                                    const identity::RootSeed& seed,
                                    const std::optional<identity::Protection>& protection,
                                    base::WallTime now) {
  TRY(disk.make_folders(data_dir, folder_permissions));
  const path place = data_dir / "identity";
  std::optional<path> backup;
  if (TRY(is_there(disk, place))) backup = data_dir / backup_name(now);
  if (backup && TRY(is_there(disk, *backup))) {
    return fail(Code::conflict, "{} is there already; try again in a second",
                base::to_printable(backup->native()));
  }
  // All that can fail for want of space or memory happens while the old one is in its place.
  const path staging = data_dir / "recovered.new";
  TRY(disk.remove_tree(staging));
  TRY(disk.make_folders(staging, folder_permissions));
  identity::IdentityStore made(disk, staging);
  const auto created = made.create(seed, protection);
  if (!created) {
    (void)disk.remove_tree(staging);
    return fail(created.error());
  }
  const auto put_back = [&](base::Error why) -> std::unexpected<base::Error> {
    (void)disk.remove_tree(staging);  // a seed that nobody would look for there
    const bool is_aside = backup && disk.status(*backup).has_value();
    if (is_aside && (disk.status(place) || !disk.rename(*backup, place))) {
      why.message +=
          fmt::format("; the identity that was here is in {} now, and belongs in {}",
                      base::to_printable(backup->native()), base::to_printable(place.native()));
    }
    return fail(std::move(why));
  };
  if (backup) {
    auto aside = disk.rename(place, *backup);
    // On the medium before its place is taken: else a power cut might leave the new one alone.
    if (aside) aside = disk.sync(std::array{data_dir});
    if (!aside) return put_back(aside.error());
  }
  if (auto moved = disk.rename(made.folder(), place); !moved) return put_back(moved.error());
  TRY(disk.sync(std::array{data_dir}));
  TRY(disk.remove_tree(staging));
  return backup;
}

}  // namespace tesseras::heirs
