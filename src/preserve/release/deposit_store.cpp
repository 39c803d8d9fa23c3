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
  if (const auto ours = deposit->check_signature(request.signature); !ours)
    return fail(Code::corrupt, "{}", ours.error().message);
  return deposit;
}

}  // namespace

Result<DepositStore> DepositStore::open(runtime::Disk& disk, runtime::path folder,
                                        const runtime::Log& log) {
  std::map<ContentHash, base::WallTime> open_after;
  const auto take = [&](const ContentHash& hash, base::ByteSpan body) -> Result<void> {
    open_after.emplace(hash, TRY(decoded(hash, body)).open_after());
    return {};
  };
  constexpr ShelfBounds bounds{Limits::deposits_max, Limits::deposits_per_network_max};
  auto shelf = TRY(Shelf::open(disk, std::move(folder), kind, bounds, take, log));
  return DepositStore(std::move(shelf), std::move(open_after));
}

Result<Deposit> DepositStore::read(const ContentHash& hash) const {
  return decoded(hash, TRY(shelf_.read(hash)));
}

Result<void> DepositStore::add(const Deposit& deposit, const crypto::Ed25519Signature& signature,
                               const Shelf::Network& network) {
  const auto& hash = deposit.content_hash();
  if (shelf_.has(hash)) return {};
  const auto body =
      encode(KeepDepositRequest{deposit.manifest().text(), signature, deposit.witnesses_bytes()});
  TRY(shelf_.put(hash, body, Shelf::Origin{network, false}));
  open_after_.emplace(hash, deposit.open_after());
  return {};
}

Result<void> DepositStore::remove(const ContentHash& hash) {
  TRY(shelf_.remove(hash));
  open_after_.erase(hash);
  return {};
}

}  // namespace tesseras::release
