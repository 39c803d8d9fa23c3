#include "preserve/custody/scratch.hpp"

#include <array>

#include "foundation/base/bytes.hpp"
#include "foundation/crypto/random.hpp"

namespace tesseras::custody {

Result<std::unique_ptr<Scratch>> Scratch::make(runtime::Disk& disk) {
  std::array<std::byte, 8> name{};
  crypto::fill_random(name);
  std::error_code error;
  const auto parent = std::filesystem::temp_directory_path(error);
  // Without a parent it would lie in the current folder, which may be the one that is read.
  if (error) {
    return fail(Code::not_found,
                "there is no folder for temporary files: set TMPDIR to one that exists ({})",
                error.message());
  }
  auto folder = parent / ("tesseras-" + base::to_hex(name));
  TRY(disk.make_folders(folder, 0700));
  return std::unique_ptr<Scratch>(new Scratch(disk, std::move(folder)));
}

Scratch::~Scratch() { static_cast<void>(disk_.remove_tree(folder_)); }

}  // namespace tesseras::custody
