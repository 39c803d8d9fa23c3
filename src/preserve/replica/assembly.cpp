#include "preserve/replica/assembly.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <vector>

#include "foundation/base/text.hpp"
#include "foundation/runtime/free_name.hpp"
#include "preserve/erasure/coding.hpp"
#include "preserve/replica/limits.hpp"

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

// Pieces of the pack that were made again lie here until the pack is whole.
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

Result<void> append_file(runtime::Disk& disk, const path& from, std::uint64_t size_bytes,
                         runtime::File& to) {
  const auto file = TRY(disk.open_read(from));
  Bytes piece(Limits::piece_bytes);
  for (std::uint64_t at = 0; at < size_bytes; at += piece.size()) {
    const auto part =
        MutableByteSpan(piece).first(std::min<std::uint64_t>(piece.size(), size_bytes - at));
    TRY(read_all_of(*file, at, part));
    TRY(to.append(part));
  }
  return {};
}

}  // namespace

path fragment_file(const path& folder, unsigned fragment) {
  return folder / fmt::format("{}", fragment);
}

Result<void> assemble(runtime::Disk& disk, const path& folder, const Shape& shape,
                      const Fragments& have, const path& pack) {
  const auto there = chosen(shape, have);
  if (there.size() < shape.data())
    return fail(Code::invalid, "{} of {} fragments are there", there.size(), shape.data());
  const auto made = TRY(runtime::create_anew(disk, pack, file_permissions));
  if (shape.tier() == erasure::Tier::copies)
    return append_file(disk, fragment_file(folder, there[0]), shape.pack_bytes(), *made);
  std::vector<unsigned> missing;
  for (unsigned i = 0; i < shape.data(); ++i)
    if (!have.test(i)) missing.push_back(i);
  if (!missing.empty()) TRY(rebuild_missing(disk, folder, shape, there, missing));
  for (unsigned i = 0; i < shape.data(); ++i) {
    const bool is_rebuilt = !have.test(i);
    const auto file = is_rebuilt ? rebuilt_file(folder, i) : fragment_file(folder, i);
    TRY(append_file(disk, file, shape.pack_bytes_in(i), *made));
    if (is_rebuilt) TRY(disk.remove(file));
  }
  return {};
}

}  // namespace tesseras::replica
