// The deposits that a witness keeps until their dates (spec/key-publication.md, section 3). Threads
// and durability as Shelf.
#pragma once

#include <map>

#include "preserve/release/deposit.hpp"
#include "preserve/release/shelf.hpp"

namespace tesseras::release {

class DepositStore {
 public:
  // As Shelf::open().
  static Result<DepositStore> open(runtime::Disk& disk, runtime::path folder,
                                   const runtime::Log& log);

  // From when each may be opened.
  const std::map<base::ContentHash, base::WallTime>& all() const { return open_after_; }
  // not_found: none is here of that. corrupt: its file is damaged. Errors of the disk.
  Result<Deposit> read(const base::ContentHash& hash) const;

  // On the medium when this returns; the same once more is no error. exhausted: there is no room.
  // `signature` has been checked. Errors of the disk.
  Result<void> add(const Deposit& deposit, const crypto::Ed25519Signature& signature,
                   const Shelf::Network& network);
  // When it has done its service. Errors of the disk; then it is still there.
  Result<void> remove(const base::ContentHash& hash);

 private:
  DepositStore(Shelf shelf, std::map<base::ContentHash, base::WallTime> open_after)
      : shelf_(std::move(shelf)), open_after_(std::move(open_after)) {}

  Shelf shelf_;
  std::map<base::ContentHash, base::WallTime> open_after_;
};

}  // namespace tesseras::release
