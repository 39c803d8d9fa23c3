// Retractions (spec/retraction.md): the author of a tessera takes it back. Who keeps some of it
// lets go of that, and takes none again. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "foundation/base/bytes.hpp"
#include "foundation/base/result.hpp"
#include "foundation/base/strong_id.hpp"
#include "foundation/base/time.hpp"
#include "preserve/identity/identity.hpp"
#include "preserve/replica/authorship.hpp"

namespace tesseras::replica {

// What a retraction says.
struct Retraction {
  base::ContentHash content_hash;
  std::uint64_t manifest_bytes = 0;
  base::WallTime retracted_at;  // whole seconds, by the author's clock; nothing follows from it

  bool operator==(const Retraction&) const = default;
};

std::string encode(const Retraction& retraction);
// corrupt: anything but a retraction as specified.
Result<Retraction> parse_retraction(std::string_view text);

// A retraction that the author of the tessera has signed.
class SignedRetraction {
 public:
  // `manifest` is the tessera's, whose creator `author` is; the same for the same second.
  // denied: it is another's.
  static Result<SignedRetraction> make(std::string_view manifest, base::WallTime retracted_at,
                                       const identity::Identity& author);
  // From outside: any bytes. corrupt: it is none, or its author is not the tessera's.
  static Result<SignedRetraction> decode(base::ByteSpan bytes);

  const Retraction& retraction() const { return retraction_; }
  const base::ContentHash& content_hash() const { return retraction_.content_hash; }
  const crypto::Ed25519PublicKey& author() const { return authorship_.author(); }
  // At most signed_retraction_bytes_max; what decode takes.
  base::Bytes encoded() const;

 private:
  SignedRetraction(std::string text, const Retraction& retraction, Authorship authorship);

  std::string text_;
  Retraction retraction_;
  Authorship authorship_;
};

inline constexpr std::size_t signed_retraction_bytes_max = std::size_t{16} << 10U;

}  // namespace tesseras::replica
