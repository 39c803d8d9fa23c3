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

// Where a piece of the pack that is made again lies until it is whole.
path rebuilt_file(const path& folder, unsigned fragment) {
  return folder / fmt::format("{}.rebuilt", fragment);
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

// The pack, read where its pieces lie.
class PiecesOfPack {
 public:
  PiecesOfPack(const Shape& shape, std::vector<std::unique_ptr<runtime::File>> pieces)
      : piece_bytes_(shape.fragment_bytes()), pieces_(std::move(pieces)) {}

  Result<void> read(std::uint64_t offset, MutableByteSpan into) const {
    while (!into.empty()) {
      const auto piece = static_cast<std::size_t>(offset / piece_bytes_);
      const auto within = offset % piece_bytes_;
      ASSERT(piece < pieces_.size());
      const auto part = into.first(std::min<std::uint64_t>(into.size(), piece_bytes_ - within));
      TRY(read_all_of(*pieces_[piece], within, part));
      offset += part.size();
      into = into.subspan(part.size());
    }
    return {};
  }

 private:
  std::uint64_t piece_bytes_;
  std::vector<std::unique_ptr<runtime::File>> pieces_;
};

OpenPack opens(runtime::Disk& disk, const Shape& shape, std::vector<path> files) {
  return [&disk, shape, files = std::move(files)]() -> Result<erasure::ReadPack> {
    std::vector<std::unique_ptr<runtime::File>> pieces;
    for (const auto& file : files) pieces.push_back(TRY(disk.open_read(file)));
    const auto pack = std::make_shared<const PiecesOfPack>(shape, std::move(pieces));
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
    pieces.push_back(fragment_file(folder, i));
  }
  if (!missing.empty()) TRY(rebuild_missing(disk, folder, shape, there, missing));
  for (const unsigned one : missing)
    TRY(disk.rename(rebuilt_file(folder, one), fragment_file(folder, one)));
  for (unsigned i = shape.data(); i < shape.fragments(); ++i)
    TRY(runtime::remove_if_there(disk, fragment_file(folder, i)));
  return opens(disk, shape, std::move(pieces));
}

}  // namespace tesseras::replica
