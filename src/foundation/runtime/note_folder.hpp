// A folder of small files that a program writes for itself, each under the name of what it is
// about. For one thread; writing blocks for as long as a small file needs to reach the medium.
#pragma once

#include <functional>
#include <string_view>

#include "foundation/base/bytes.hpp"
#include "foundation/base/result.hpp"
#include "foundation/runtime/disk.hpp"
#include "foundation/runtime/log.hpp"

namespace tesseras::runtime {

class NoteFolder {
 public:
  // `folder` (made when missing) belongs to nobody else; `disk` outlives it. Errors of the disk.
  static Result<NoteFolder> open(Disk& disk, path folder);

  // Takes what a file says; of a name that is none of its names, nothing. corrupt: it is damaged,
  // or about something else than its name says.
  using Take = std::function<Result<void>(std::string_view name, base::ByteSpan bytes)>;
  // Every file. One that is damaged, or has more than `bytes_max`, goes, and `word` to the log.
  // Errors of the disk, and others of `take`.
  Result<void> load(std::size_t bytes_max, const Take& take, std::string_view word, const Log& log);

  // In the place of that name's; on the medium when this returns. Errors of the disk; then nothing
  // has changed.
  Result<void> set(std::string_view name, base::ByteSpan bytes);
  // Errors of the disk; then it is still there. not_found: there is none.
  Result<void> remove(std::string_view name);

 private:
  NoteFolder(Disk& disk, path folder) : disk_(&disk), folder_(std::move(folder)) {}

  Disk* disk_;
  path folder_;
};

}  // namespace tesseras::runtime
