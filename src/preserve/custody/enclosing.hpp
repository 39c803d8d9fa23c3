// A tessera into its encryption (spec/encryption.md): what is kept of one that is not public.
#pragma once

#include <span>

#include "preserve/custody/assembly.hpp"
#include "preserve/custody/files.hpp"
#include "preserve/sealing/content_key.hpp"

namespace tesseras::custody {

struct Enclosing {
  tessera::Visibility visibility = tessera::Visibility::only_me;
  std::optional<base::WallTime> open_after;           // sealed ones have it, and no others
  std::span<const crypto::XWingPublicKey> readers;    // beside the author
  std::span<const crypto::XWingPublicKey> witnesses;  // of a sealed one; none: it is its author's
  unsigned threshold = 0;
};

struct Enclosed {
  Assembled outer;
  sealing::ContentKey key;
  sealing::Capsule capsule;
};

// Encrypts the files of `inner`, checking each against its MANIFEST, and stages the outer tessera.
// In constant memory; several threads, which have ended when it returns.
//   conflict   a file is not any more what the inner MANIFEST says
//   invalid    a reader's or a witness's key is none; or as sealing::make_witnesses()
//   exhausted  too many of them, or the disk is full
// and those of Files::open and vault::Transaction.
Result<Enclosed> enclose(Files& inner, const tessera::Manifest& inner_manifest,
                         const Enclosing& how, const identity::Identity& author,
                         vault::Transaction& transaction, Tools& tools);

}  // namespace tesseras::custody
