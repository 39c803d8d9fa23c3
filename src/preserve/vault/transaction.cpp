#include <utility>

#include "foundation/base/assert.hpp"
#include "foundation/crypto/blake3.hpp"
#include "preserve/vault/commit.hpp"
#include "preserve/vault/staging.hpp"
#include "preserve/vault/sweep.hpp"

namespace tesseras::vault {

using base::Code;
using base::fail;

namespace {

std::unexpected<base::Error> not_of_its_name(const BlobId& id) {
  return fail(
      Code::corrupt,
      "the vault is damaged: the bytes of blob {} are not those of its name; run `tes vault "
      "check`, and import what it names again from another copy",
      id.hex());
}

}  // namespace

struct Transaction::State {
  std::unique_ptr<Staging> staging;
  bool has_ended = false;
};

struct BlobWriter::State {
  explicit State(Staging& where, Transaction::Hashing how) : staging(where), hashing(how) {}

  // So often the system is told to begin writing: a commit then finds little left to do.
  static constexpr std::uint64_t writeback_bytes = 8ULL * 1024 * 1024;

  Staging& staging;
  Transaction::Hashing hashing;
  crypto::Blake3 hasher;
  base::Bytes small;  // all of it, while it may still become a record
  std::optional<Staging::NewFile> large;
  std::uint64_t size_bytes = 0;
  std::uint64_t unwritten_bytes = 0;
  bool has_ended = false;

  ~State() {
    if (large && !has_ended) staging.drop_file(large->number);
  }

  Result<void> append(base::ByteSpan bytes) {
    ASSERT(!has_ended);
    if (hashing == Transaction::Hashing::here) hasher.update(bytes);
    size_bytes += bytes.size();
    if (size_bytes <= Limits::small_blob_bytes_max) {
      small.insert(small.end(), bytes.begin(), bytes.end());
      return {};
    }
    if (!large) {
      large = TRY(staging.new_file());
      TRY(large->file->append(small));
      small = {};
    }
    TRY(large->file->append(bytes));
    unwritten_bytes += bytes.size();
    if (unwritten_bytes >= writeback_bytes) {
      large->file->begin_writeback();
      unwritten_bytes = 0;
    }
    return {};
  }

  Result<void> finish(const BlobId& id) {
    ASSERT(!has_ended);
    if (!large) {
      has_ended = true;
      return staging.take_small(id, small);
    }
    large->file->begin_writeback();
    large->file.reset();
    TRY(staging.take_file(id, large->number, size_bytes));
    has_ended = true;
    return {};
  }
};

BlobWriter::BlobWriter(std::unique_ptr<State> state) : state_(std::move(state)) {}
BlobWriter::BlobWriter(BlobWriter&&) noexcept = default;
BlobWriter& BlobWriter::operator=(BlobWriter&&) noexcept = default;
BlobWriter::~BlobWriter() = default;

Result<void> BlobWriter::append(base::ByteSpan bytes) { return state_->append(bytes); }

Result<BlobId> BlobWriter::finish() {
  ASSERT(state_->hashing == Transaction::Hashing::here);
  const BlobId id{state_->hasher.hash().bytes};
  TRY(state_->finish(id));
  return id;
}

Result<void> BlobWriter::finish(const BlobId& id) {
  ASSERT(state_->hashing == Transaction::Hashing::by_caller);
  return state_->finish(id);
}

Transaction::Transaction(std::unique_ptr<State> state) : state_(std::move(state)) {}
Transaction::~Transaction() = default;

BlobWriter Transaction::writer(Hashing hashing) {
  ASSERT(!state_->has_ended);
  return BlobWriter(std::make_unique<BlobWriter::State>(*state_->staging, hashing));
}

Result<BlobId> Transaction::put(base::ByteSpan bytes) {
  BlobWriter blob = writer();
  TRY(blob.append(bytes));
  return blob.finish();
}

Result<bool> Transaction::take(Vault& from, const BlobId& id,
                               const std::function<Result<void>(std::size_t bytes)>& read) {
  ASSERT(!state_->has_ended);
  const auto place = TRY(from.store_->index().blob(id));
  // A file may be of any size, but what is small belongs into a pack.
  const bool is_file =
      place && place->where == Where::file && place->size_bytes > Limits::small_blob_bytes_max;
  if (const auto number = is_file ? state_->staging->link_file(*from.store_, id) : std::nullopt) {
    auto taken = take_linked(id, *number, place->size_bytes, read);
    if (!taken) {
      state_->staging->drop_file(*number);
      return fail(taken.error());
    }
    return true;
  }
  BlobReader reader = TRY(from.open_blob(id));
  BlobWriter copy = writer(Hashing::by_caller);
  const bool is_whole = TRY(has_its_name(reader, [&](base::ByteSpan bytes) -> Result<void> {
    TRY(copy.append(bytes));
    return read(bytes.size());
  }));
  if (!is_whole) return not_of_its_name(id);
  TRY(copy.finish(id));
  return false;
}

// Read under our own name of it: what is checked is what is kept, whatever the other vault does.
Result<void> Transaction::take_linked(const BlobId& id, std::uint64_t number,
                                      std::uint64_t size_bytes,
                                      const std::function<Result<void>(std::size_t bytes)>& read) {
  Staging& staging = *state_->staging;
  BlobReader reader = TRY(open_file(staging.store().disk(), staging.file(number), id, size_bytes));
  const bool is_whole =
      TRY(has_its_name(reader, [&](base::ByteSpan bytes) { return read(bytes.size()); }));
  if (!is_whole) return not_of_its_name(id);
  return staging.take_file(id, number, size_bytes);
}

Result<void> Transaction::commit(std::span<const KeptTessera> tesserae, base::WallTime kept_at) {
  ASSERT(!state_->has_ended);
  for (const KeptTessera& tessera : tesserae) {
    BlobWriter manifest = writer(Hashing::by_caller);
    TRY(manifest.append(base::as_bytes(tessera.manifest.text())));
    TRY(manifest.finish(BlobId{tessera.manifest.content_hash().bytes}));
  }
  state_->has_ended = true;
  TRY(vault::commit(*state_->staging, tesserae, kept_at));
  Store& store = state_->staging->store();
  state_->staging.reset();
  // The tesserae are safe by now; what a sweep cannot do, the next one does.
  (void)sweep_if_due(store, kept_at);
  return {};
}

Result<std::unique_ptr<Transaction>> Vault::begin() {
  auto state = std::make_unique<Transaction::State>();
  state->staging = TRY(Staging::begin(*store_));
  return std::unique_ptr<Transaction>(new Transaction(std::move(state)));
}

}  // namespace tesseras::vault
