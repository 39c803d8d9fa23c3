// A tessera out of its encryption (spec/encryption.md).
#pragma once

#include "preserve/custody/files.hpp"
#include "preserve/identity/identity.hpp"
#include "preserve/sealing/content_key.hpp"
#include "preserve/sealing/witnesses.hpp"

namespace tesseras::custody {

// An encrypted tessera of a vault, which it borrows, as far as nobody needs a key.
class Closed {
 public:
  // not_found; unsupported: it is not encrypted; corrupt: its MANIFEST is damaged, or is not that
  // of an encrypted one. Errors of the vault otherwise.
  static Result<Closed> find(vault::Vault& vault, const base::ContentHash& hash);

  const tessera::Manifest& manifest() const { return *manifest_; }
  const sealing::Capsule& capsule() const { return capsule_; }

  // The content key, for one that it was made for.
  //   denied   it was made for others
  //   corrupt  the envelope is damaged
  Result<sealing::ContentKey> key_of(const identity::Identity& reader) const;

  // Who may open it together, when its time has come; nothing: it has no witnesses. corrupt: the
  // file that says it is damaged. Errors of the vault otherwise.
  Result<std::optional<sealing::Witnesses>> witnesses() const;
  // The bytes of that file. not_found: there is none. Errors of the vault.
  Result<base::Bytes> witnesses_file() const;
  // What their parts are bound to.
  sealing::WitnessBinding witness_binding() const;

  // The tessera inside: decrypted as it is read, and written nowhere. Borrows the vault; each file
  // is authenticated, and to be held against MANIFEST by whoever reads it, as any other's.
  //   denied   it is another tessera's key
  //   corrupt  the content is damaged, or is no tessera of this creator
  Result<std::unique_ptr<Files>> open(const sealing::ContentKey& key) const;

 private:
  Closed(vault::Vault& vault, const base::ContentHash& hash,
         std::unique_ptr<const tessera::Manifest> manifest);
  // One that MANIFEST lists.
  Result<std::string> file(std::string_view path) const;

  vault::Vault* vault_;
  base::ContentHash hash_;
  std::unique_ptr<const tessera::Manifest> manifest_;
  sealing::Capsule capsule_;
};

}  // namespace tesseras::custody
