#include "foundation/runtime/note_folder.hpp"

#include <array>

#include "foundation/base/text.hpp"
#include "foundation/runtime/whole_file.hpp"

namespace tesseras::runtime {

using base::Code;
using base::fail;

namespace {

constexpr std::uint32_t file_permissions = 0600;
constexpr std::uint32_t folder_permissions = 0700;

}  // namespace

Result<NoteFolder> NoteFolder::open(Disk& disk, path folder) {
  TRY(disk.make_folders(folder, folder_permissions));
  TRY(disk.sync(std::array{folder.parent_path()}));
  return NoteFolder(disk, std::move(folder));
}

Result<void> NoteFolder::load_one(std::string_view name, std::size_t bytes_max,
                                  const std::function<Result<void>(base::ByteSpan)>& take,
                                  std::string_view word, const Log& log) {
  const auto file = folder_ / name;
  const auto bytes = read_whole(*disk_, file, bytes_max);
  auto taken = bytes ? take(*bytes) : fail(bytes.error());
  if (taken) return {};
  // A sector that cannot be read stays where it is, and another file takes the name.
  const bool is_unreadable = !bytes && bytes.error().code == Code::io;
  if (taken.error().code != Code::corrupt && !is_unreadable)
    return base::fail_in(taken.error(), "{}", base::to_printable(file.native()));
  log.warn(word, {{"name", name}, {"why", taken.error().message}});
  return is_unreadable ? Result<void>() : disk_->remove(file);
}

Result<base::Bytes> NoteFolder::read(std::string_view name, std::size_t bytes_max) const {
  return read_whole(*disk_, folder_ / name, bytes_max);
}

Result<void> NoteFolder::set(std::string_view name, base::ByteSpan bytes) {
  return replace_whole(*disk_, folder_ / name, file_permissions, bytes);
}

Result<void> NoteFolder::remove(std::string_view name) { return disk_->remove(folder_ / name); }

}  // namespace tesseras::runtime
