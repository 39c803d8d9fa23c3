#include "preserve/replica/assembly.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "foundation/base/assert.hpp"
#include "foundation/base/text.hpp"
#include "foundation/runtime/free_name.hpp"
#include "preserve/erasure/coding.hpp"

namespace tesseras::replica {
namespace {

using base::Bytes;
using base::ByteSpan;
using base::Code;
using base::fail;
using base::MutableByteSpan;
using base::Result;
using erasure::Shape;
using runtime::path;

constexpr std::uint32_t file_permissions = 0600;

Result<void> read_all_of(runtime::File& file, std::uint64_t offset, MutableByteSpan into) {
  if (TRY(file.read_at(offset, into)) == into.size()) return {};
  return fail(Code::io, "a fragment became shorter while it was read");
}

constexpr std::string_view rebuilt_suffix = ".rebuilt";

path rebuilt_file(const path& folder, unsigned fragment) {
  return folder / fmt::format("{}{}", fragment, rebuilt_suffix);
}

// Which fragments to read: those that are the pack as far as they are there.
std::vector<unsigned> chosen(const Shape& shape, const Fragments& have) {
  std::vector<unsigned> all;
  for (unsigned i = 0; i < shape.fragments() && all.size() < shape.data(); ++i)
    if (have.test(i)) all.push_back(i);
  return all;
}

Result<void> rebuild_missing(runtime::Disk& disk, const path& folder, const Shape& shape,
                             std::span<const unsigned> there, std::span<const unsigned> missing) {
  std::map<unsigned, std::unique_ptr<runtime::File>> from, to;
  for (const unsigned one : there) from[one] = TRY(disk.open_read(fragment_file(folder, one)));
  for (const unsigned one : missing)
    to[one] = TRY(runtime::create_anew(disk, rebuilt_file(folder, one), file_permissions));
  return erasure::rebuild(
      shape, there, missing,
      [&](unsigned fragment, std::uint64_t offset, MutableByteSpan into) {
        return read_all_of(*from.at(fragment), offset, into);
      },
      [&](unsigned fragment, ByteSpan bytes) { return to.at(fragment)->append(bytes); });
}

// The pack, read where its pieces lie. Who gives a fragment away reads one of them: no other is
// opened.
class PiecesOfPack {
 public:
  PiecesOfPack(runtime::Disk& disk, const Shape& shape, std::vector<path> files)
      : disk_(disk),
        piece_bytes_(shape.fragment_bytes()),
        files_(std::move(files)),
        pieces_(files_.size()) {}

  Result<void> read(std::uint64_t offset, MutableByteSpan into) {
    while (!into.empty()) {
      const auto piece = static_cast<std::size_t>(offset / piece_bytes_);
      const auto within = offset % piece_bytes_;
      ASSERT(piece < pieces_.size());
      if (!pieces_[piece]) pieces_[piece] = TRY(disk_.open_read(files_[piece]));
      const auto part = into.first(std::min<std::uint64_t>(into.size(), piece_bytes_ - within));
      TRY(read_all_of(*pieces_[piece], within, part));
      offset += part.size();
      into = into.subspan(part.size());
    }
    return {};
  }

 private:
  runtime::Disk& disk_;
  std::uint64_t piece_bytes_;
  std::vector<path> files_;
  std::vector<std::unique_ptr<runtime::File>> pieces_;
};

OpenPack opens(runtime::Disk& disk, const Shape& shape, std::vector<path> files) {
  return [&disk, shape, files = std::move(files)]() -> Result<erasure::ReadPack> {
    const auto pack = std::make_shared<PiecesOfPack>(disk, shape, files);
    return [pack](std::uint64_t offset, MutableByteSpan into) { return pack->read(offset, into); };
  };
}

}  // namespace

path fragment_file(const path& folder, unsigned fragment) {
  return folder / fmt::format("{}", fragment);
}

Result<OpenPack> assemble(runtime::Disk& disk, const path& folder, const Shape& shape,
                          const Fragments& have) {
  const auto there = chosen(shape, have);
  if (there.size() < shape.data())
    return fail(Code::invalid, "{} of {} fragments are there", there.size(), shape.data());
  if (shape.tier() == erasure::Tier::copies)
    return opens(disk, shape, {fragment_file(folder, there[0])});
  std::vector<unsigned> missing;
  std::vector<path> pieces;
  for (unsigned i = 0; i < shape.data(); ++i) {
    if (!have.test(i)) missing.push_back(i);
    pieces.push_back(have.test(i) ? fragment_file(folder, i) : rebuilt_file(folder, i));
  }
  if (!missing.empty()) {
    const auto rebuilt = rebuild_missing(disk, folder, shape, there, missing);
    // Where there is no room, what was begun leaves it to others.
    for (const unsigned one : missing)
      if (!rebuilt) (void)runtime::remove_if_there(disk, rebuilt_file(folder, one));
    TRY(rebuilt);
  }
  for (unsigned i = shape.data(); i < shape.fragments(); ++i)
    TRY(runtime::remove_if_there(disk, fragment_file(folder, i)));
  return opens(disk, shape, std::move(pieces));
}

Result<void> take_over_rebuilt(runtime::Disk& disk, const path& folder) {
  for (const auto& entry : TRY(disk.list(folder))) {
    if (!entry.name.ends_with(rebuilt_suffix)) continue;
    const auto name =
        std::string_view(entry.name).substr(0, entry.name.size() - rebuilt_suffix.size());
    TRY(disk.rename(folder / entry.name, folder / name));
  }
  return {};
}

}  // namespace tesseras::replica
