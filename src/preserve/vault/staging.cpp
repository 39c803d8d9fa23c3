#include "preserve/vault/staging.hpp"

#include <algorithm>
#include <array>

#include "foundation/crypto/random.hpp"
#include "preserve/vault/record.hpp"

namespace tesseras::vault {
namespace {

constexpr std::uint32_t folder_permissions = 0700;
constexpr std::uint32_t file_permissions = 0600;
constexpr std::size_t spool_buffer_bytes = 1024 * 1024;

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

void Staging::drop_file(std::uint64_t number) { (void)store_.disk().remove(file(number)); }

Result<void> Staging::take_file(const BlobId& id, std::uint64_t number, std::uint64_t size_bytes) {
  bool is_known = TRY(store_.index().holds(std::span(&id, 1))).front();
  if (!is_known) {
    const std::lock_guard lock(mutex_);
    is_known = !blobs_.try_emplace(id, size_bytes, std::nullopt, number).second;
  }
  if (is_known) drop_file(number);
  return {};
}

Result<void> Staging::take_small(const BlobId& id, base::ByteSpan bytes) {
  const base::Bytes record = blob_record(bytes, id);
  const std::lock_guard lock(mutex_);
  if (!blobs_.try_emplace(id, bytes.size(), spool_bytes_, 0).second) return {};
  spool_buffer_.insert(spool_buffer_.end(), record.begin(), record.end());
  buffered_.push_back({id, record.size()});
  spool_bytes_ += record.size();
  if (spool_buffer_.size() >= spool_buffer_bytes) TRY(flush_spool_locked());
  return {};
}

Result<void> Staging::flush_spool() {
  const std::lock_guard lock(mutex_);
  return flush_spool_locked();
}

Result<void> Staging::drop_held() {
  std::vector<BlobId> ids;
  ids.reserve(buffered_.size());
  for (const Buffered& record : buffered_) ids.push_back(record.id);
  const std::vector<bool> held = TRY(store_.index().holds(ids));
  const std::uint64_t begin = spool_bytes_ - spool_buffer_.size();
  std::size_t from = 0;
  std::size_t to = 0;
  for (std::size_t i = 0; i < buffered_.size(); ++i) {
    const auto record = base::ByteSpan(spool_buffer_).subspan(from, buffered_[i].record_bytes);
    from += record.size();
    if (held[i]) {
      blobs_.erase(buffered_[i].id);
      continue;
    }
    blobs_.at(buffered_[i].id).spool_offset = begin + to;
    if (to + record.size() != from)
      std::ranges::copy(record, spool_buffer_.begin() + static_cast<std::ptrdiff_t>(to));
    to += record.size();
  }
  spool_buffer_.resize(to);
  spool_bytes_ = begin + to;
  buffered_.clear();
  return {};
}

Result<void> Staging::flush_spool_locked() {
  TRY(drop_held());
  if (!spool_) spool_ = TRY(store_.disk().create(spool(), file_permissions));
  TRY(spool_->append(spool_buffer_));
  spool_->begin_writeback();
  spool_buffer_.clear();
  return {};
}

}  // namespace tesseras::vault
