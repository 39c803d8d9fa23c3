#include "preserve/vault/staging.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "foundation/crypto/random.hpp"
#include "preserve/vault/record.hpp"

namespace tesseras::vault {
namespace {

constexpr std::uint32_t folder_permissions = 0700;
constexpr std::uint32_t file_permissions = 0600;
constexpr std::size_t spool_batch_bytes = 1024 * 1024;

}  // namespace

Result<std::unique_ptr<Staging>> Staging::begin(Store& store) {
  // Two transactions must never meet in one folder, whatever process they are in.
  std::array<std::byte, 16> name{};
  crypto::fill_random(name);
  const runtime::path folder = store.layout().tmp() / base::to_hex(name);
  auto made = store.disk().make_folders(folder, folder_permissions);
  if (!made) return base::fail_in(std::move(made).error(), "the vault cannot be written");
  const auto begin_in_folder = [&]() -> Result<std::unique_ptr<Staging>> {
    auto lock = TRY(store.disk().lock(folder / "lock", std::chrono::milliseconds(0)));
    const std::uint64_t version = TRY(store.index().version());
    return std::unique_ptr<Staging>(new Staging(store, folder, std::move(lock), version));
  };
  auto begun = begin_in_folder();
  if (!begun) (void)store.disk().remove_tree(folder);  // the first error is the one to tell
  return begun;
}

Staging::~Staging() {
  spool_.reset();
  // What cannot be removed now is removed by a sweep.
  (void)store_.disk().remove_tree(folder_);
}

runtime::path Staging::file(std::uint64_t number) const { return folder_ / std::to_string(number); }

Result<Staging::NewFile> Staging::new_file() {
  const std::uint64_t number = next_number_++;
  return NewFile{number, TRY(store_.disk().create(file(number), file_permissions))};
}

std::optional<std::uint64_t> Staging::link_file(Store& from, const BlobId& id) {
  if (&from.disk() != &store_.disk()) return std::nullopt;
  const std::uint64_t number = next_number_++;
  // Whatever keeps us from it (another file system, one without such names, too many of them,
  // somebody else's file): a copy does as well, and says what else is wrong.
  if (!store_.disk().link(from.layout().blob(id), file(number))) return std::nullopt;
  return number;
}

void Staging::drop_file(std::uint64_t number) { (void)store_.disk().remove(file(number)); }

Result<void> Staging::take_file(const BlobId& id, std::uint64_t number, std::uint64_t size_bytes) {
  const auto held = TRY(store_.index().blob(id));
  bool is_known = held && is_whole({id, *held});
  if (!is_known) {
    const std::lock_guard lock(mutex_);
    is_known = !blobs_.try_emplace(id, size_bytes, std::nullopt, number, held).second;
  }
  if (is_known) drop_file(number);
  return {};
}

Result<void> Staging::take_small(const BlobId& id, base::ByteSpan bytes) {
  const base::Bytes record = blob_record(bytes, id);
  std::unique_lock lock(mutex_);
  if (!blobs_.try_emplace(id, bytes.size(), 0, 0, std::nullopt).second) return {};
  filling_.bytes.insert(filling_.bytes.end(), record.begin(), record.end());
  filling_.records.push_back({id, record.size()});
  if (filling_.bytes.size() < spool_batch_bytes) return {};
  lock.unlock();
  return write_batch(spool_batch_bytes);
}

Result<void> Staging::flush_spool() { return write_batch(0); }

Result<void> Staging::write_batch(std::size_t bytes_min) {
  const std::lock_guard spool_lock(spool_mutex_);
  {
    const std::lock_guard lock(mutex_);
    if (filling_.bytes.size() < bytes_min) return {};
    std::swap(filling_, writing_);
    filling_.bytes.clear();
    filling_.records.clear();
  }
  TRY(drop_held());
  if (!spool_) spool_ = TRY(store_.disk().create(spool(), file_permissions));
  TRY(spool_->append(writing_.bytes));
  spool_bytes_ += writing_.bytes.size();
  spool_->begin_writeback();
  return {};
}

Result<void> Staging::drop_held() {
  std::vector<BlobId> ids;
  ids.reserve(writing_.records.size());
  for (const Batch::Record& record : writing_.records) ids.push_back(record.id);
  const auto held = TRY(store_.index().places(ids));
  std::vector<bool> is_dropped(ids.size());
  for (std::size_t i = 0; i < ids.size(); ++i)
    is_dropped[i] = held[i] && is_whole({ids[i], *held[i]});
  const std::lock_guard lock(mutex_);
  std::size_t from = 0;
  std::size_t to = 0;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const auto record =
        base::ByteSpan(writing_.bytes).subspan(from, writing_.records[i].size_bytes);
    from += record.size();
    if (is_dropped[i]) {
      blobs_.erase(ids[i]);
      continue;
    }
    Staged& staged = blobs_.at(ids[i]);
    staged.spool_offset = spool_bytes_ + to;
    staged.damaged_place = held[i];
    if (to + record.size() != from)
      std::ranges::copy(record, writing_.bytes.begin() + static_cast<std::ptrdiff_t>(to));
    to += record.size();
  }
  writing_.bytes.resize(to);
  return {};
}

// Whatever keeps us from reading it: ours is better.
bool Staging::is_whole(const PlacedBlob& held) {
  auto reader = open_at(store_.disk(), store_.layout(), held);
  if (!reader) return false;
  return has_its_name(*reader, [](base::ByteSpan) -> Result<void> { return {}; }).value_or(false);
}

}  // namespace tesseras::vault
