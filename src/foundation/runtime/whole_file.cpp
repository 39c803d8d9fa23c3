#include "foundation/runtime/whole_file.hpp"

#include <array>

#include "foundation/base/text.hpp"

namespace tesseras::runtime {
namespace {

using base::Code;

path folder_of(const path& file) {
  return file.parent_path().empty() ? path(".") : file.parent_path();
}

Result<void> write_new(Disk& disk, const path& file, std::uint32_t permissions,
                       base::ByteSpan bytes) {
  const auto opened = TRY(disk.create(file, permissions));
  TRY(opened->append(bytes));
  return opened->sync();
}

}  // namespace

Result<base::Bytes> read_whole(Disk& disk, const path& file, std::size_t bytes_max) {
  const auto opened = TRY(disk.open_read(file));
  const auto size_bytes = TRY(opened->status()).size_bytes;
  if (size_bytes > bytes_max) {
    return base::fail(Code::corrupt, "{} has {} bytes, which is too many for what it should be",
                      base::to_printable(file.native()), size_bytes);
  }
  base::Bytes bytes(static_cast<std::size_t>(size_bytes));
  bytes.resize(TRY(opened->read_at(0, bytes)));
  return bytes;
}

Result<void> replace_whole(Disk& disk, const path& file, std::uint32_t permissions,
                           base::ByteSpan bytes) {
  path temporary = file;
  temporary += ".new";
  // One left by a run that was cut short.
  if (const auto removed = disk.remove(temporary);
      !removed && removed.error().code != Code::not_found) {
    return removed;
  }
  auto done = write_new(disk, temporary, permissions, bytes);
  if (done) done = disk.rename(temporary, file);
  if (!done) {
    (void)disk.remove(temporary);  // the first error is the one to tell
    return done;
  }
  return disk.sync(std::array{folder_of(file)});
}

}  // namespace tesseras::runtime
