#include "preserve/upkeep/repair_folder.hpp"

#include <string>

#include "foundation/base/text.hpp"
#include "foundation/runtime/whole_file.hpp"

namespace tesseras::upkeep {
namespace {

using runtime::FileKind;

constexpr std::string_view note_name = "pack-since";
constexpr std::size_t note_bytes_max = 32;
constexpr std::uint64_t seconds_max = std::uint64_t{1} << 60U;

std::uint64_t bytes_below(runtime::Disk& disk, const runtime::path& folder) {
  std::uint64_t sum = 0;
  const auto entries = disk.list(folder);
  if (!entries) return 0;
  for (const auto& entry : *entries) {
    const auto at = folder / entry.name;
    if (entry.kind == FileKind::folder) sum += bytes_below(disk, at);
    if (entry.kind != FileKind::file) continue;
    if (const auto status = disk.status(at)) sum += status->size_bytes;
  }
  return sum;
}

std::optional<base::WallTime> pack_since(runtime::Disk& disk, const runtime::path& folder) {
  auto text = runtime::read_whole_text(disk, folder / note_name, note_bytes_max);
  if (!text || !text->ends_with('\n')) return std::nullopt;
  text->pop_back();
  const auto seconds = base::decimal_from(*text, seconds_max);
  if (!seconds) return std::nullopt;
  return base::WallTime{static_cast<std::int64_t>(*seconds), 0};
}

}  // namespace

std::vector<LeftBehind> left_behind(runtime::Disk& disk, const runtime::path& folder) {
  std::vector<LeftBehind> found;
  const auto entries = disk.list(folder);
  if (!entries) return found;
  for (const auto& entry : *entries) {
    const auto at = folder / entry.name;
    const auto plan = base::PlanId::from_hex(entry.name);
    if (!plan || entry.kind != FileKind::folder) {
      (void)disk.remove_tree(at);
      continue;
    }
    found.push_back({*plan, pack_since(disk, at), bytes_below(disk, at)});
  }
  return found;
}

base::Result<void> note_pack(runtime::Disk& disk, const runtime::path& folder,
                             base::WallTime since) {
  TRY(disk.sync_tree(folder));  // fragments that come are not brought to the medium one by one
  const auto text = std::to_string(since.unix_seconds) + "\n";
  return runtime::replace_whole(disk, folder / note_name, 0600, base::as_bytes(text));
}

}  // namespace tesseras::upkeep
