#include "foundation/runtime/note_folder.hpp"

#include <array>
#include <string>

#include "foundation/base/text.hpp"
#include "foundation/crypto/secret.hpp"
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
  auto bytes = read_whole(*disk_, file, bytes_max);
  auto taken = bytes ? take(*bytes) : fail(bytes.error());
  if (bytes) crypto::cleanse(*bytes);  // there may be a key in it
  if (taken) return {};
  // A sector that cannot be read stays where it is, and another file takes the name.
  const bool is_unreadable = !bytes && bytes.error().code == Code::io;
  if (taken.error().code != Code::corrupt && !is_unreadable)
    return base::fail_in(taken.error(), "{}", base::to_printable(file.native()));
  if (is_unreadable) {
    log.warn(word, {{"name", name}, {"why", taken.error().message}});
    return {};
  }
  const auto aside = TRY(set_aside(name));
  log.warn(word, {{"name", name},
                  {"why", taken.error().message},
                  {"set_aside", base::to_printable(aside.native())}});
  return {};
}

// What is damaged may be of use to a person yet; an earlier one of that name, too.
Result<path> NoteFolder::set_aside(std::string_view name) {
  const auto damaged = std::string(name) + ".damaged";
  auto aside = folder_ / damaged;
  for (int number = 2; disk_->status(aside); ++number)
    aside = folder_ / (damaged + "." + std::to_string(number));
  TRY(disk_->rename(folder_ / name, aside));
  TRY(disk_->sync(std::array{folder_}));
  return aside;
}

Result<base::Bytes> NoteFolder::read(std::string_view name, std::size_t bytes_max) const {
  return read_whole(*disk_, folder_ / name, bytes_max);
}

Result<void> NoteFolder::set(std::string_view name, base::ByteSpan bytes) {
  return replace_whole(*disk_, folder_ / name, file_permissions, bytes);
}

Result<void> NoteFolder::remove(std::string_view name) {
  TRY(disk_->remove(folder_ / name));
  return disk_->sync(std::array{folder_});
}

}  // namespace tesseras::runtime
