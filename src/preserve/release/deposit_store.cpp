#include "preserve/release/deposit_store.hpp"

#include <string>
#include <utility>

#include "foundation/wire/body.hpp"
#include "foundation/wire/message_pack.hpp"
#include "preserve/release/limits.hpp"
#include "preserve/release/release_messages.hpp"

namespace tesseras::release {
namespace {

using base::Code;
using base::ContentHash;
using base::fail;

constexpr wire::NoteKind kind{"TESSDEP", 1, "a deposit"};

// As it came: what was good when it was written, and has the right name.
Result<Deposit> decoded(const ContentHash& hash, base::ByteSpan body) {
  auto request = TRY(decode<KeepDepositRequest>(body));
  auto deposit = Deposit::of(std::move(request.manifest), std::move(request.witnesses));
  if (!deposit) return fail(Code::corrupt, "{}", deposit.error().message);
  if (deposit->content_hash() != hash) return fail(Code::corrupt, "it is of another tessera");
  return deposit;
}

}  // namespace

Result<DepositStore> DepositStore::open(runtime::Disk& disk, runtime::path folder,
                                        const runtime::Log& log) {
  std::map<ContentHash, sealing::WitnessBinding> found;
  const auto take = [&](const ContentHash& hash, base::ByteSpan body) -> Result<void> {
    found.emplace(hash, TRY(decoded(hash, body)).binding());
    return {};
  };
  constexpr ShelfBounds bounds{Limits::deposits_max, Limits::deposits_per_network_max};
  DepositStore store(TRY(Shelf::open(disk, std::move(folder), kind, bounds, take, log)));
  for (const auto& [hash, binding] : found) store.note(hash, binding);
  return store;
}

void DepositStore::note(const ContentHash& hash, const sealing::WitnessBinding& binding) {
  open_after_.emplace(hash, *binding.capsule.open_after);
  bindings_.emplace(hash, binding);
}

std::vector<ContentHash> DepositStore::with_the_part_of(const ContentHash& hash) const {
  std::vector<ContentHash> all;
  const auto at = bindings_.find(hash);
  if (at == bindings_.end()) return all;
  for (const auto& [other, binding] : bindings_)
    if (binding == at->second) all.push_back(other);
  return all;
}

Result<Deposit> DepositStore::read(const ContentHash& hash) const {
  return decoded(hash, TRY(shelf_.read(hash)));
}

Result<void> DepositStore::add(const Deposit& deposit, const Shelf::Network& network) {
  const auto& hash = deposit.content_hash();
  if (shelf_.has(hash)) return {};
  const auto body =
      encode(KeepDepositRequest{deposit.manifest().text(), deposit.witnesses_bytes()});
  TRY(shelf_.put(hash, body, Shelf::Origin{network, false}));
  note(hash, deposit.binding());
  return {};
}

Result<void> DepositStore::remove(const ContentHash& hash) {
  TRY(shelf_.remove(hash));
  open_after_.erase(hash);
  bindings_.erase(hash);
  return {};
}

}  // namespace tesseras::release
