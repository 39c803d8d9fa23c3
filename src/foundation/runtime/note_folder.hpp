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

  // Every file whose name is an `Id` in hex goes to `take(const Id&, base::ByteSpan)`, which gives
  // a Result<void>; others are left alone. One that is damaged (corrupt, from `take` too), or has
  // more than `bytes_max`, is set aside under another name, which is read no more: NAME.damaged, or
  // that with a number; and `word` goes to the log with it, which says what to do. One that the
  // medium does not give is passed over with the same word. Other errors of the disk and of `take`,
  // with the file's name.
  template <class Id, class Take>
  Result<void> load(std::size_t bytes_max, const Take& take, std::string_view word,
                    const Log& log) {
    for (const auto& entry : TRY(disk_->list(folder_))) {
      const auto id = Id::from_hex(entry.name);
      if (!id) continue;
      TRY(load_one(
          entry.name, bytes_max, [&](base::ByteSpan bytes) { return take(*id, bytes); }, word,
          log));
    }
    return {};
  }

  // corrupt: it has more than `bytes_max`. not_found: there is none. Errors of the disk.
  Result<base::Bytes> read(std::string_view name, std::size_t bytes_max) const;
  // In the place of that name's; on the medium when this returns. Errors as of replace_whole: then
  // what stood there still does, or what was given does without being on the medium for certain.
  Result<void> set(std::string_view name, base::ByteSpan bytes);
  // On the medium when this returns. Errors of the disk: it may be there again. not_found: there is
  // none.
  Result<void> remove(std::string_view name);

 private:
  NoteFolder(Disk& disk, path folder) : disk_(&disk), folder_(std::move(folder)) {}
  Result<void> load_one(std::string_view name, std::size_t bytes_max,
                        const std::function<Result<void>(base::ByteSpan)>& take,
                        std::string_view word, const Log& log);
  Result<path> set_aside(std::string_view name);

  Disk* disk_;
  path folder_;
};

}  // namespace tesseras::runtime
