// The identity in a data dir's identity/ folder:
//
//   root.seed             the root seed (seed_file.hpp), mode 0600
//   creator.pub.ed25519   the public keys, raw, so that listing needs no passphrase
//   creator.pub.mldsa65
//   creator.pub.xwing
//   .lock                 held while an identity is made
//
// root.seed gets its name last: where it is, the identity is complete. It is written first, as
// root.seed.new, so that public keys with neither beside them are those of a seed that was lost.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "foundation/base/result.hpp"
#include "foundation/crypto/argon2id.hpp"
#include "foundation/crypto/secret.hpp"
#include "foundation/runtime/disk.hpp"
#include "preserve/identity/identity.hpp"
#include "preserve/identity/seed_file.hpp"

namespace tesseras::identity {

struct Protection {
  crypto::SecretBuffer passphrase;
  crypto::Argon2idCost cost = {};
};

// Asks a person, or reads a file; called only when the seed is protected, and only once.
using AskPassphrase = std::function<base::Result<crypto::SecretBuffer>()>;

// Safe to use from several threads and processes at once.
class IdentityStore {
 public:
  // Touches nothing yet. The disk must outlive the store.
  IdentityStore(runtime::Disk& disk, const runtime::path& data_dir);

  const runtime::path& folder() const { return folder_; }

  // Whether there is an identity, readable or not. denied and io as the disk says.
  base::Result<bool> exists() const;

  // Makes one of `seed` that survives a power cut once this returns, or leaves none.
  // conflict: there is one already, which is left as it is; of two who try at once, one succeeds
  // and the other gets this. corrupt: public keys of another seed are there, and their seed is
  // gone. invalid, exhausted: as protect(). denied, io: as the disk says.
  base::Result<Identity> create(const RootSeed& seed, const std::optional<Protection>& protection);

  // Of a seed that is protected; false for one that lies bare. Errors as open().
  base::Result<bool> is_protected() const;

  // not_found: there is no identity. denied: wrong passphrase, or `ask` is empty and one is
  // needed, or a file may not be read, or root.seed may be read by others, which is refused with
  // the command that mends it. corrupt: the seed or a public key is damaged, or they do not
  // belong together. unsupported: written by a newer release. Whatever `ask` fails with.
  base::Result<Identity> open(const AskPassphrase& ask) const;
  // The seed itself, for making heirs' shares. Errors as open().
  base::Result<RootSeed> open_seed(const AskPassphrase& ask) const;

  // Makes the public keys' files that are missing again, of a seed that lies bare. The names of
  // those that were made, in order. corrupt: a file that is there is not that of the seed, or one
  // is missing and the seed is protected. Errors otherwise as open() and create().
  base::Result<std::vector<std::string>> restore_public_keys();

  // Without the seed or a passphrase. not_found: there is no identity. corrupt: a key's file is
  // missing or has another size.
  base::Result<PublicKeys> public_keys() const;

 private:
  struct Opened {
    RootSeed seed;
    Identity identity;
  };

  base::Result<void> require_identity() const;
  base::Result<RootSeed> read_seed(const AskPassphrase& ask) const;  // not held against the keys
  base::Result<Opened> open_both(const AskPassphrase& ask) const;
  std::unexpected<base::Error> not_together() const;
  base::Result<SeedFile> read_seed_file() const;
  base::Result<crypto::SecretBuffer> read_small(const runtime::path& file) const;
  template <class Key>
  base::Result<Key> read_key(const char* name) const;
  base::Result<void> require_no_other(const PublicKeys& keys) const;
  base::Result<void> write_key(const char* name, base::ByteSpan key);

  runtime::Disk& disk_;
  runtime::path folder_;
};

}  // namespace tesseras::identity
