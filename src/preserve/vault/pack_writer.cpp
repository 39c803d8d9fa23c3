#include "preserve/vault/pack_writer.hpp"

namespace tesseras::vault {
namespace {

constexpr std::uint32_t pack_permissions = 0600;

Result<std::uint32_t> next_number(const std::vector<PackState>& packs) {
  const std::uint32_t last = packs.empty() ? 0 : packs.back().number;
  if (last >= Limits::packs_max)
    return base::fail(base::Code::exhausted, "the vault has {} packs and cannot have more", last);
  return last + 1;
}

}  // namespace

Result<PackWriter> PackWriter::begin(Store& store) {
  const auto packs = TRY(store.index().packs());
  if (!packs.empty()) {
    const PackState& last = packs.back();
    auto file = store.disk().open_append(store.layout().pack(last.number));
    if (!file && file.error().code != base::Code::not_found)
      return base::fail(std::move(file).error());
    const bool is_whole = file && TRY((*file)->status()).size_bytes == last.committed_bytes;
    if (is_whole && last.committed_bytes < Limits::pack_full_bytes)
      return PackWriter(store, std::move(*file), last, last.committed_bytes, false);
  }
  const std::uint32_t number = TRY(next_number(packs));
  auto file = TRY(store.disk().create(store.layout().pack(number), pack_permissions));
  return PackWriter(store, std::move(file), {.number = number}, 0, true);
}

Result<PackWriter> PackWriter::adopt(Store& store, const runtime::path& records,
                                     std::uint64_t commit_record_bytes) {
  const std::uint32_t number = TRY(next_number(TRY(store.index().packs())));
  const runtime::path at = store.layout().pack(number);
  TRY(store.disk().rename(records, at));
  auto file = TRY(store.disk().open_append(at));
  const std::uint64_t size = TRY(file->status()).size_bytes;
  return PackWriter(store, std::move(file),
                    {.number = number, .commit_record_bytes = commit_record_bytes}, size, true);
}

runtime::path PackWriter::file() const { return store_.layout().pack(state_.number); }

Result<void> PackWriter::append(base::ByteSpan records) {
  TRY(file_->append(records));
  end_bytes_ += records.size();
  return {};
}

Result<void> PackWriter::append_commit(base::ByteSpan record) {
  TRY(append(record));
  state_.commit_record_bytes += record.size();
  return {};
}

PackState PackWriter::committed() const {
  PackState state = state_;
  state.committed_bytes = end_bytes_;
  return state;
}

void PackWriter::undo() {
  if (is_new_) {
    (void)store_.disk().remove(file());
    return;
  }
  // Brought to the medium, so that a commit record that failed halfway does not come back.
  if (file_->truncate(state_.committed_bytes)) (void)file_->sync();
}

}  // namespace tesseras::vault
