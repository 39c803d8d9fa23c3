#include "preserve/heirs/files.hpp"

#include <array>
#include <utility>

#include "foundation/base/text.hpp"
#include "preserve/heirs/heir_page.hpp"
#include "preserve/heirs/limits.hpp"

namespace tesseras::heirs {
namespace {

using base::Code;
using base::fail;
using base::fail_in;
using crypto::SecretBuffer;
using runtime::path;

constexpr std::uint32_t folder_permissions = 0700;
constexpr std::uint32_t share_permissions = 0600;

std::string shown(const path& file) { return base::to_printable(file.native()); }

struct NewFile {
  std::string name;
  SecretBuffer bytes;
};

Result<std::vector<NewFile>> files_of(std::span<const Share> shares,
                                      std::optional<paper::Language> page) {
  std::vector<NewFile> files;
  files.reserve(3 * shares.size());
  for (const Share& share : shares) {
    const auto name = fmt::format("heir_share_{}", share.part.index);
    files.push_back({name + ".bin", encode(share)});
    files.push_back({name + ".txt", encode_text(share)});
    if (!page) continue;
    auto pdf = TRY(heir_page(share, *page));
    files.push_back({name + ".pdf", std::move(pdf)});
  }
  return files;
}

Result<void> require_free(runtime::Disk& disk, const path& file) {
  const auto status = disk.status(file);
  if (status) {
    return fail(Code::conflict,
                "{} is there already, and was left as it is: a share that is written over is lost; "
                "choose another --output-dir",
                shown(file));
  }
  if (status.error().code != Code::not_found) return fail(status.error());
  return {};
}

Result<void> write(runtime::Disk& disk, const path& file, base::ByteSpan bytes) {
  auto created = TRY(disk.create(file, share_permissions));
  auto done = created->append(bytes);
  if (done) done = created->sync();
  created.reset();
  // Part of a share is of no use, and looks like one.
  if (!done) (void)disk.remove(file);
  return done;
}

}  // namespace

Result<std::vector<std::string>> write_shares(runtime::Disk& disk, const path& folder,
                                              std::span<const Share> shares,
                                              std::optional<paper::Language> page) {
  const auto files = TRY(files_of(shares, page));
  for (const auto& file : files) TRY(require_free(disk, folder / file.name));
  TRY(disk.make_folders(folder, folder_permissions));
  std::vector<std::string> written;
  written.reserve(files.size());
  Result<void> done;
  for (const auto& file : files) {
    done = write(disk, folder / file.name, file.bytes.span());
    if (!done) break;
    written.push_back(file.name);
  }
  if (done) done = disk.sync(std::array{folder});
  if (done) return written;
  // Some of them would be handed out as if they were all.
  for (const auto& name : written) (void)disk.remove(folder / name);
  return fail(done.error());
}

Result<Reading> read_share(runtime::Disk& disk, const path& file) {
  const auto opened = TRY(disk.open_read(file));
  const auto size = TRY(opened->status()).size_bytes;
  if (size > Limits::text_bytes_max)
    return fail(Code::corrupt, "{} is no heir's share: it has {} bytes", shown(file), size);
  SecretBuffer bytes(static_cast<std::size_t>(size));
  bytes.truncate(TRY(opened->read_at(0, bytes.mutable_span())));
  auto reading = decode_any(bytes.span());
  if (!reading) return fail_in(reading.error(), "{}", shown(file));
  return reading;
}

}  // namespace tesseras::heirs
