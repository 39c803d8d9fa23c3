#include "foundation/runtime/whole_file.hpp"

#include <array>
#include <span>

#include "foundation/base/text.hpp"
#include "foundation/runtime/free_name.hpp"

namespace tesseras::runtime {
namespace {

using base::Code;

path folder_of(const path& file) {
  return file.parent_path().empty() ? path(".") : file.parent_path();
}

template <class Whole>
Result<Whole> read_as(Disk& disk, const path& file, std::size_t bytes_max) {
  const auto opened = TRY(disk.open_read(file));
  const auto size_bytes = TRY(opened->status()).size_bytes;
  if (size_bytes > bytes_max) {
    return base::fail(Code::corrupt, "{} has {} bytes, which is too many for what it should be",
                      base::to_printable(file.native()), size_bytes);
  }
  Whole whole(static_cast<std::size_t>(size_bytes), {});
  whole.resize(TRY(opened->read_at(0, std::as_writable_bytes(std::span(whole)))));
  return whole;
}

Result<void> write_all(Disk& disk, const path& file, std::uint32_t permissions,
                       base::ByteSpan bytes) {
  const auto opened = TRY(disk.create(file, permissions));
  TRY(opened->append(bytes));
  return opened->sync();
}

}  // namespace

Result<base::Bytes> read_whole(Disk& disk, const path& file, std::size_t bytes_max) {
  return read_as<base::Bytes>(disk, file, bytes_max);
}

Result<std::string> read_whole_text(Disk& disk, const path& file, std::size_t bytes_max) {
  return read_as<std::string>(disk, file, bytes_max);
}

path new_name_of(const path& file) {
  path name = file;
  name += ".new";
  return name;
}

Result<path> write_new(Disk& disk, const path& file, std::uint32_t permissions,
                       base::ByteSpan bytes) {
  path temporary = new_name_of(file);
  TRY(remove_if_there(disk, temporary));
  if (const auto written = write_all(disk, temporary, permissions, bytes); !written) {
    (void)disk.remove(temporary);  // the first error is the one to tell
    return base::fail(written.error());
  }
  return temporary;
}

Result<void> replace_whole(Disk& disk, const path& file, std::uint32_t permissions,
                           base::ByteSpan bytes) {
  const path temporary = TRY(write_new(disk, file, permissions, bytes));
  if (const auto renamed = disk.rename(temporary, file); !renamed) {
    (void)disk.remove(temporary);
    return renamed;
  }
  return disk.sync(std::array{folder_of(file)});
}

}  // namespace tesseras::runtime
