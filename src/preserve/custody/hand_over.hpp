// Giving a tessera of one vault to another on the same machine: what a program does that wants a
// daemon to keep what its user has made.
#pragma once

#include "foundation/base/strong_id.hpp"
#include "preserve/custody/tools.hpp"
#include "preserve/vault/vault.hpp"

namespace tesseras::custody {

struct HandedOver {
  base::ContentHash content_hash;
  std::uint64_t files = 0;
  std::uint64_t size_bytes = 0;
  // Of these, in files that the two vaults have in common now, and that take no room twice.
  std::uint64_t shared_bytes = 0;
  bool was_there = false;  // the other vault had it already; when whole, nothing was done
  bool mended = false;     // and its copy was damaged, and is whole again
};

// Every byte is read and held against its name, and both signatures against the keys. Large files
// are shared where the file system can do that (vault::Transaction::take). Nothing is seen in `to`
// before all of it is there for good; after an error `to` is as it was, `from` is so always.
//
//   not_found   `from` has no such tessera
//   corrupt     its copy in `from` is damaged; the message says to run `tes vault check`. Or a
//               signature does not hold
//   cancelled   tools.stop
// and those of vault::Transaction. `tools.disk` is not used: each vault has its own.
Result<HandedOver> hand_over(vault::Vault& from, const base::ContentHash& content_hash,
                             vault::Vault& to, Tools& tools);

}  // namespace tesseras::custody
