// Both signatures of a tessera (spec/tessera.md, section 2.5). Pure.
#pragma once

#include <string>

#include "foundation/base/bytes.hpp"
#include "preserve/tessera/manifest.hpp"

namespace tesseras::tessera {

// The four files as they were found, empty when they were not. They come from outside: any bytes.
struct SignatureFiles {
  base::ByteSpan ed25519_key;
  base::ByteSpan mldsa65_key;
  base::ByteSpan ed25519_signature;
  base::ByteSpan mldsa65_signature;
};

struct SignatureState {
  // Empty when that one holds; else why it does not: "identity/signature.ed25519.sig has 63
  // bytes, not 64".
  std::string ed25519_fault = "not checked";
  std::string mldsa65_fault = "not checked";

  // A tessera is valid only with both: should one method be broken, the other still stands.
  bool valid() const { return ed25519_fault.empty() && mldsa65_fault.empty(); }

  bool operator==(const SignatureState&) const = default;
};

// Checks each signature over the exact bytes of `manifest`, with keys that must be the ones that
// `creator` and `creator-mldsa65` name.
SignatureState check_signatures(const Manifest& manifest, const SignatureFiles& files);

}  // namespace tesseras::tessera
