// That a text about a tessera is its author's: both signatures over the text, the keys that made
// them, and the first chunk of the tessera's MANIFEST with the way from there to its content hash.
// That chunk names the keys; so whoever has nothing of the tessera can tell (spec/plan.md, section
// 5). Pure.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "foundation/base/bytes.hpp"
#include "foundation/base/result.hpp"
#include "foundation/base/strong_id.hpp"
#include "foundation/crypto/blake3_tree.hpp"
#include "foundation/wire/message_pack.hpp"
#include "preserve/identity/identity.hpp"

namespace tesseras::replica {

using base::Result;

class Authorship {
 public:
  // Signs the text, which begins with "tesseras <kind> v1\n"; the same each time.
  // denied: the MANIFEST is another author's.
  static Result<Authorship> make(std::string_view text, std::string_view manifest,
                                 const identity::Identity& author);
  // Its fields, out of a map that may have others. corrupt: they are not there. It is to be
  // checked.
  static Result<Authorship> read(const wire::MapView& map);
  // The same fields: `chunk` to `path`, in the order of their names.
  void write(wire::MapWriter& map) const;

  // Whether the author of this tessera has signed the text, which says how long its MANIFEST is.
  // corrupt: no; the cheap questions are asked first.
  Result<void> check(std::string_view text, const base::ContentHash& content_hash,
                     std::uint64_t manifest_bytes) const;

  const crypto::Ed25519PublicKey& author() const { return ed25519_; }

 private:
  Authorship() = default;

  base::Bytes chunk_;
  std::vector<crypto::ChainingValue> path_;
  crypto::Ed25519PublicKey ed25519_;
  crypto::MlDsa65PublicKey mldsa65_;
  identity::Signatures signatures_;
};

}  // namespace tesseras::replica
