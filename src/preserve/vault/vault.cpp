#include "preserve/vault/vault.hpp"

#include <algorithm>
#include <array>

#include "foundation/base/text.hpp"
#include "preserve/vault/blob_files.hpp"
#include "preserve/vault/check.hpp"
#include "preserve/vault/index_home.hpp"
#include "preserve/vault/store.hpp"
#include "preserve/vault/sweep.hpp"

namespace tesseras::vault {
namespace {

using base::Code;
using base::fail;

constexpr std::uint32_t folder_permissions = 0700;
constexpr std::size_t ambiguous_counted_max = 1000;

std::unexpected<base::Error> index_is_lost(const runtime::path& data_dir) {
  return fail(Code::corrupt, "the vault in {} has blobs but no index; run `tes vault rebuild`",
              base::to_printable(data_dir.native()));
}

}  // namespace

Vault::Vault(std::unique_ptr<Store> store) : store_(std::move(store)) {}
Vault::~Vault() = default;

Result<void> Vault::create(runtime::Disk& disk, const runtime::path& data_dir, IndexHome& indexes) {
  const Layout layout(data_dir);
  TRY(disk.make_folders(layout.packs(), folder_permissions));
  TRY(disk.make_folders(layout.tmp(), folder_permissions));
  if (!indexes.exists()) {
    // An empty index over blobs that are there would make all of them orphans.
    if (TRY(has_blobs(disk, layout))) return index_is_lost(data_dir);
    TRY(indexes.create());
  }
  const std::array<runtime::path, 2> folders{layout.blobs_followed(), data_dir};
  TRY(disk.sync(folders));
  // The data dir's own name; a parent that may be entered but not read is not ours to sync.
  const std::array<runtime::path, 1> parent{data_dir.has_parent_path() ? data_dir.parent_path()
                                                                       : runtime::path(".")};
  (void)disk.sync(parent);
  return {};
}

Result<std::unique_ptr<Vault>> Vault::open(runtime::Disk& disk, const runtime::path& data_dir,
                                           IndexHome& indexes) {
  Layout layout(data_dir);
  if (!indexes.exists()) {
    if (TRY(has_blobs(disk, layout))) return index_is_lost(data_dir);
    return fail(Code::not_found, "there is no vault in {}; run `tes init` first",
                base::to_printable(data_dir.native()));
  }
  TRY(require_packs(disk, layout));
  auto index = TRY(indexes.open());
  return std::unique_ptr<Vault>(
      new Vault(std::make_unique<Store>(disk, std::move(layout), std::move(index))));
}

void Vault::set_patience(std::chrono::milliseconds patience) { store_->set_patience(patience); }

Result<std::vector<TesseraInfo>> Vault::list() {
  TRY(store_->index().check_tesserae());
  return store_->index().tesserae();
}

Result<ContentHash> Vault::find(std::string_view prefix) {
  constexpr std::size_t digits_max = 2 * ContentHash::size_bytes;
  std::string digits(prefix);
  std::ranges::transform(digits, digits.begin(),
                         [](char c) { return c >= 'A' && c <= 'F' ? char(c - 'A' + 'a') : c; });
  if (digits.size() < Limits::prefix_digits_min || digits.size() > digits_max ||
      !base::is_lower_hex(digits))
    return fail(Code::invalid, "'{}' is no hash: give {} to {} hexadecimal digits",
                base::to_printable(prefix), Limits::prefix_digits_min, digits_max);
  // Also where something is found: a damaged index may say another hash with these digits.
  TRY(store_->index().check_tesserae());
  const std::size_t open = digits_max - digits.size();
  const auto first = ContentHash::from_hex(digits + std::string(open, '0'));
  const auto last = ContentHash::from_hex(digits + std::string(open, 'f'));
  const auto found = TRY(store_->index().tesserae_between(*first, *last, ambiguous_counted_max));
  if (found.empty())
    return fail(Code::not_found, "no tessera in the vault begins with {}; see `tes list`", digits);
  if (found.size() > 1)
    return fail(Code::conflict, "{}{} tesserae begin with {}; give more digits",
                found.size() == ambiguous_counted_max ? "at least " : "", found.size(), digits);
  return found.front();
}

Result<TesseraInfo> Vault::tessera(const ContentHash& content_hash) {
  auto info = TRY(store_->index().tessera(content_hash));
  if (!info) TRY(store_->index().check_tesserae());
  if (!info) return fail(Code::not_found, "the vault has no tessera {}", content_hash.hex());
  return std::move(*info);
}

Result<std::optional<std::uint64_t>> Vault::blob_size_bytes(const BlobId& id) {
  const auto place = TRY(store_->index().blob(id));
  if (!place || place->where == Where::missing) return std::nullopt;
  return place->size_bytes;
}

Result<BlobReader> Vault::open_blob(const BlobId& id) { return store_->open_blob(id); }

Result<base::Bytes> Vault::read_blob(const BlobId& id, std::uint64_t bytes_max) {
  return store_->read_blob(id, bytes_max);
}

Result<std::uint64_t> Vault::free_bytes() {
  return store_->disk().free_bytes(store_->layout().blobs());
}

Result<void> Vault::remove(const ContentHash& content_hash, base::WallTime now) {
  TRY(vault::remove(*store_, content_hash, now));
  // The tessera is removed by now; what a sweep cannot do, the next one does.
  (void)sweep_if_due(*store_, now);
  return {};
}

Result<SweepReport> Vault::sweep(base::WallTime now) { return vault::sweep(*store_, now); }

Result<CheckReport> Vault::check(runtime::Progress& progress, std::stop_token stop) {
  return vault::check(*store_, progress, std::move(stop));
}

}  // namespace tesseras::vault
