// What a witness keeps of a tessera until its date: the MANIFEST and the list of witnesses
// (spec/key-publication.md, section 3). Pure.
#pragma once

#include <memory>
#include <string>

#include "foundation/base/bytes.hpp"
#include "foundation/base/result.hpp"
#include "foundation/base/time.hpp"
#include "foundation/crypto/ed25519.hpp"
#include "preserve/sealing/witnesses.hpp"
#include "preserve/tessera/manifest.hpp"

namespace tesseras::release {

using base::Result;

// The MANIFEST of an encrypted tessera: what a key, and its parts, are held against.
//   invalid    it is none; or that of a tessera that needs no key
//   exhausted  it has more than Limits::manifest_bytes_max
Result<tessera::Manifest> encrypted_manifest(std::string text);

class Deposit {
 public:
  // Held against each other: the MANIFEST is of a sealed tessera, and lists exactly these bytes as
  // identity/witnesses.bin. Whether its author or its date was changed is found when a part is
  // opened, which is bound to both.
  //   invalid, exhausted  as encrypted_manifest(), or they do not belong together
  //   corrupt             the list of witnesses is none
  static Result<Deposit> of(std::string manifest, base::Bytes witnesses);
  // identity/signature.ed25519.sig. Whoever may put the same parts under another MANIFEST could
  // have them released though the author has taken the tessera back. invalid: it is not the
  // author's.
  Result<void> check_signature(const crypto::Ed25519Signature& signature) const;

  const tessera::Manifest& manifest() const { return *manifest_; }
  // The same, for who outlives this.
  std::shared_ptr<const tessera::Manifest> shared_manifest() const { return manifest_; }
  const base::ContentHash& content_hash() const { return manifest_->content_hash(); }
  base::WallTime open_after() const { return *manifest_->header().open_after; }
  const sealing::Witnesses& witnesses() const { return witnesses_; }
  const base::Bytes& witnesses_bytes() const { return witnesses_bytes_; }
  sealing::WitnessBinding binding() const;

 private:
  Deposit(std::shared_ptr<const tessera::Manifest> manifest, sealing::Witnesses witnesses,
          base::Bytes witnesses_bytes)
      : manifest_(std::move(manifest)),
        witnesses_(std::move(witnesses)),
        witnesses_bytes_(std::move(witnesses_bytes)) {}

  std::shared_ptr<const tessera::Manifest> manifest_;
  sealing::Witnesses witnesses_;
  base::Bytes witnesses_bytes_;
};

}  // namespace tesseras::release
