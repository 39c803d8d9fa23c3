// Taking a tessera in from somebody else. Everything is checked before anything becomes visible.
#pragma once

#include "foundation/base/strong_id.hpp"
#include "preserve/custody/hashing.hpp"
#include "preserve/custody/tools.hpp"
#include "preserve/vault/vault.hpp"

namespace tesseras::custody {

struct Imported {
  base::ContentHash content_hash;
  std::uint64_t memories = 0;
  std::uint64_t files = 0;
  std::uint64_t size_bytes = 0;
  bool was_there = false;  // the vault had it already
  bool mended = false;     // and its copy was damaged, and is whole again
};

// A tessera that the vault has, whole, is left as it is, and this copy is only checked. Where the
// vault's copy is damaged, what is damaged is taken from this one.
//
// `from` is a tessera's folder, a tar or zip of one, or a BagIt bag of one, packed or not.
//   invalid     it is no tessera, or is made to do harm: a link, an absolute or unsafe name, a
//               MANIFEST that breaks its grammar
//   corrupt     it is one, but a file differs, is missing or is too many, or a signature does
//               not hold; the message names the first. Also when the vault has the tessera whole:
//               then it says so and that this copy is what is damaged, as it does for invalid
//   exhausted   the disk is full, or the archive is a bomb
//   unsupported it is encrypted, or no archive that we read
// and those of open_package and vault::Transaction.
Result<Imported> import_tessera(vault::Vault& vault, const path& from, Tools& tools);

// The same for the pack of that tessera (spec/pack.md), while it comes: nothing but the vault's own
// files is written for it. corrupt also when it is no pack, or another tessera's; errors of the
// source.
Result<Imported> import_pack(vault::Vault& vault, const base::ContentHash& hash, Source source,
                             Tools& tools);

}  // namespace tesseras::custody
