#include "preserve/replica/refusals.hpp"

#include <algorithm>
#include <array>

#include "foundation/base/text.hpp"
#include "foundation/runtime/whole_file.hpp"
#include "preserve/replica/limits.hpp"

namespace tesseras::replica {
namespace {

using base::Code;
using base::ContentHash;
using base::fail;
using base::WallTime;
using runtime::path;

constexpr std::uint32_t file_permissions = 0600;
constexpr std::uint32_t folder_permissions = 0700;
constexpr std::size_t time_line_bytes_max = 64;

// The line of a file under `blocked`.
WallTime time_in(runtime::Disk& disk, const path& file) {
  const auto line = runtime::read_whole_text(disk, file, time_line_bytes_max);
  if (!line || !line->ends_with('\n')) return {};
  return base::from_rfc3339_seconds(std::string_view(*line).substr(0, line->size() - 1))
      .value_or(WallTime{});
}

}  // namespace

Result<Refusals> Refusals::open(runtime::Disk& disk, const path& folder) {
  Refusals refusals(disk, folder);
  TRY(disk.make_folders(refusals.retracted_folder_, folder_permissions));
  TRY(disk.make_folders(refusals.blocked_folder_, folder_permissions));
  TRY(disk.sync(std::array{folder.parent_path(), folder}));
  TRY(refusals.load());
  return refusals;
}

// Files of other names are being written.
Result<void> Refusals::load() {
  for (const auto& entry : TRY(disk_->list(retracted_folder_))) {
    const auto hash = ContentHash::from_hex(entry.name);
    if (!hash) continue;
    const auto status = disk_->status(retracted_folder_ / entry.name);
    retracted_.emplace(*hash, status ? WallTime{status->modified.unix_seconds, 0} : WallTime{});
  }
  for (const auto& entry : TRY(disk_->list(blocked_folder_))) {
    if (const auto hash = ContentHash::from_hex(entry.name))
      blocked_.emplace(*hash, time_in(*disk_, blocked_folder_ / entry.name));
  }
  return {};
}

std::optional<Refusal> Refusals::of(const ContentHash& content_hash) const {
  if (retracted_.contains(content_hash)) return Refusal::retracted;
  if (blocked_.contains(content_hash)) return Refusal::blocked;
  return std::nullopt;
}

Result<bool> Refusals::retract(const SignedRetraction& retraction, WallTime now) {
  const auto& hash = retraction.content_hash();
  if (retracted_.contains(hash)) return false;
  TRY(make_place());
  TRY(runtime::replace_whole(*disk_, retracted_folder_ / hash.hex(), file_permissions,
                             retraction.encoded()));
  retracted_.emplace(hash, now);
  return true;
}

Result<void> Refusals::make_place() {
  if (retracted_.size() < Limits::retractions_max) return {};
  const auto oldest =
      std::ranges::min_element(retracted_, {}, [](const auto& one) { return one.second; });
  TRY(disk_->remove(retracted_folder_ / oldest->first.hex()));
  retracted_.erase(oldest);
  return {};
}

Result<void> Refusals::block(const ContentHash& content_hash, WallTime now) {
  if (blocked_.contains(content_hash))
    return fail(Code::conflict, "{} is blocked already", content_hash.hex());
  now.nanoseconds = 0;
  const auto line = base::to_rfc3339(now) + "\n";
  TRY(runtime::replace_whole(*disk_, blocked_folder_ / content_hash.hex(), file_permissions,
                             base::as_bytes(line)));
  blocked_.emplace(content_hash, now);
  return {};
}

Result<void> Refusals::unblock(const ContentHash& content_hash) {
  if (!blocked_.contains(content_hash)) {
    return fail(Code::not_found, "{} is not blocked; see: tes node blocked",
                content_hash.hex().substr(0, 16));
  }
  TRY(disk_->remove(blocked_folder_ / content_hash.hex()));
  TRY(disk_->sync(std::array{blocked_folder_}));
  blocked_.erase(content_hash);
  return {};
}

Result<SignedRetraction> Refusals::retraction(const ContentHash& content_hash) const {
  if (!retracted_.contains(content_hash))
    return fail(Code::not_found, "nothing is known here of a retraction");
  const auto file = retracted_folder_ / content_hash.hex();
  const auto bytes = TRY(runtime::read_whole(*disk_, file, signed_retraction_bytes_max));
  auto retraction = SignedRetraction::decode(bytes);
  if (retraction && retraction->content_hash() == content_hash) return retraction;
  return fail(Code::corrupt, "{} is damaged; its tessera is refused all the same",
              base::to_printable(file.native()));
}

}  // namespace tesseras::replica
